//! Access levels and the words for them (semantics: Vocabulary).

use crate::core::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What somebody may do with a record: each level contains the ones before it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    None,
    Read,
    Edit,
    Full,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::None, Level::Read, Level::Edit, Level::Full];

    /// The label of `sharing.access_level`.
    pub fn label(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read",
            Level::Edit => "edit",
            Level::Full => "full",
        }
    }

    pub fn from_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.label() == text)
    }
}

/// What everybody may do with the records of a module.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum GlobalAccess {
    #[default]
    Private,
    PublicReadOnly,
    PublicReadEdit,
    PublicReadEditDelete,
}

impl GlobalAccess {
    pub const ALL: [GlobalAccess; 4] = [
        GlobalAccess::Private,
        GlobalAccess::PublicReadOnly,
        GlobalAccess::PublicReadEdit,
        GlobalAccess::PublicReadEditDelete,
    ];

    pub fn level(self) -> Level {
        match self {
            GlobalAccess::Private => Level::None,
            GlobalAccess::PublicReadOnly => Level::Read,
            GlobalAccess::PublicReadEdit => Level::Edit,
            GlobalAccess::PublicReadEditDelete => Level::Full,
        }
    }

    /// The label of `sharing.global_access`.
    pub fn label(self) -> &'static str {
        match self {
            GlobalAccess::Private => "private",
            GlobalAccess::PublicReadOnly => "public_read_only",
            GlobalAccess::PublicReadEdit => "public_read_edit",
            GlobalAccess::PublicReadEditDelete => "public_read_edit_delete",
        }
    }

    /// The words that people are shown.
    pub fn title(self) -> &'static str {
        match self {
            GlobalAccess::Private => "Private",
            GlobalAccess::PublicReadOnly => "Public: Read Only",
            GlobalAccess::PublicReadEdit => "Public: Read, Create/Edit",
            GlobalAccess::PublicReadEditDelete => "Public: Read, Create/Edit, Delete",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        parse_label(&Self::ALL, Self::label, text, "global access")
    }

    /// What people write: the label or the words that they are shown, case aside.
    pub fn parse_written(text: &str) -> Result<Self> {
        let said = |word: &str| word.eq_ignore_ascii_case(text.trim());
        Self::ALL
            .into_iter()
            .find(|access| said(access.label()) || said(access.title()))
            .ok_or_else(|| {
                let words =
                    Self::ALL.map(|access| format!("{} ({})", access.label(), access.title()));
                let shown: String = text.chars().take(60).collect();
                Error::bad_value(format!("\"{shown}\" is not a global access"))
                    .hint(format!("It is one of: {}.", words.join("; ")))
            })
    }
}

/// What a custom rule gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAccess {
    ReadOnly,
    ReadWrite,
}

impl RuleAccess {
    pub const ALL: [RuleAccess; 2] = [RuleAccess::ReadOnly, RuleAccess::ReadWrite];

    pub fn level(self) -> Level {
        match self {
            RuleAccess::ReadOnly => Level::Read,
            RuleAccess::ReadWrite => Level::Edit,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            RuleAccess::ReadOnly => "read_only",
            RuleAccess::ReadWrite => "read_write",
        }
    }

    /// The words that people are shown.
    pub fn title(self) -> &'static str {
        match self {
            RuleAccess::ReadOnly => "Read Only",
            RuleAccess::ReadWrite => "Read/Write",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        parse_label(&Self::ALL, Self::label, text, "rule access")
    }
}

/// What a rule gives on the children of the records of which it speaks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RelatedAccess {
    #[default]
    None,
    ReadOnly,
    ReadWrite,
}

impl RelatedAccess {
    pub const ALL: [RelatedAccess; 3] = [
        RelatedAccess::None,
        RelatedAccess::ReadOnly,
        RelatedAccess::ReadWrite,
    ];

    pub fn level(self) -> Level {
        match self {
            RelatedAccess::None => Level::None,
            RelatedAccess::ReadOnly => Level::Read,
            RelatedAccess::ReadWrite => Level::Edit,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            RelatedAccess::None => "none",
            RelatedAccess::ReadOnly => "read_only",
            RelatedAccess::ReadWrite => "read_write",
        }
    }

    /// The words that people are shown.
    pub fn title(self) -> &'static str {
        match self {
            RelatedAccess::None => "None",
            RelatedAccess::ReadOnly => "Read Only",
            RelatedAccess::ReadWrite => "Read/Write",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        parse_label(&Self::ALL, Self::label, text, RELATED_LEVEL)
    }

    /// The error about a value that is no label at all; `text` is how it is written.
    pub fn unknown(text: &str) -> Error {
        unknown_label(&Self::ALL, Self::label, text, RELATED_LEVEL)
    }
}

const RELATED_LEVEL: &str = "level for related records";

/// How far a link has come. That it is suspended is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    Waiting,
    Active,
}

impl LinkStatus {
    pub const ALL: [LinkStatus; 2] = [LinkStatus::Waiting, LinkStatus::Active];

    pub fn label(self) -> &'static str {
        match self {
            LinkStatus::Waiting => "waiting",
            LinkStatus::Active => "active",
        }
    }

    pub fn from_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.label() == text)
    }
}

/// What a share gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareAccess {
    Read,
    Edit,
}

impl ShareAccess {
    pub const ALL: [ShareAccess; 2] = [ShareAccess::Read, ShareAccess::Edit];

    pub fn level(self) -> Level {
        match self {
            ShareAccess::Read => Level::Read,
            ShareAccess::Edit => Level::Edit,
        }
    }

    pub fn label(self) -> &'static str {
        self.level().label()
    }

    pub fn from_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.label() == text)
    }
}

/// A right that a user holds in person, whatever their role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    Administrator,
    SuperUser,
    EnterpriseView,
    RecordSharing,
}

impl Right {
    pub const ALL: [Right; 4] = [
        Right::Administrator,
        Right::SuperUser,
        Right::EnterpriseView,
        Right::RecordSharing,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Right::Administrator => "administrator",
            Right::SuperUser => "super_user",
            Right::EnterpriseView => "enterprise_view",
            Right::RecordSharing => "record_sharing",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        parse_label(&Self::ALL, Self::label, text, "right")
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct Rights(u8);

impl Rights {
    pub const NONE: Rights = Rights(0);

    pub fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }

    #[must_use]
    pub fn with(self, right: Right) -> Self {
        Rights(self.0 | (1 << right as u8))
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        rights.into_iter().fold(Rights::default(), Rights::with)
    }
}

/// What a statement wants to do with a record (semantics: Commands on a protected table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Action {
    Read,
    /// Store a new record under this owner.
    Create,
    Edit,
    Delete,
    /// Give the record to another owner.
    ChangeOwner,
}

impl Action {
    pub const ALL: [Action; 5] = [
        Action::Read,
        Action::Create,
        Action::Edit,
        Action::Delete,
        Action::ChangeOwner,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Create => "create",
            Action::Edit => "edit",
            Action::Delete => "delete",
            Action::ChangeOwner => "change_owner",
        }
    }

    pub fn from_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.label() == text)
    }
}

/// What the profiles of a role leave of the level that the grants add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Permissions {
    pub view: bool,
    pub create: bool,
    pub edit: bool,
    pub delete: bool,
}

impl Permissions {
    pub const ALL: Permissions = Permissions {
        view: true,
        create: true,
        edit: true,
        delete: true,
    };
    pub const NONE: Permissions = Permissions {
        view: false,
        create: false,
        edit: false,
        delete: false,
    };

    /// Of several profiles the most permissive wins, action by action.
    #[must_use]
    pub fn or(self, other: Permissions) -> Permissions {
        Permissions {
            view: self.view || other.view,
            create: self.create || other.create,
            edit: self.edit || other.edit,
            delete: self.delete || other.delete,
        }
    }

    /// What of `level` remains for seeing, changing, and giving away.
    pub fn cut(self, level: Level) -> Level {
        match (self.view, self.edit) {
            (false, _) => Level::None,
            (true, false) => level.min(Level::Read),
            (true, true) => level,
        }
    }

    /// The level as `access_to` tells it: without delete, `edit` is the most.
    pub fn reported(self, level: Level) -> Level {
        let level = self.cut(level);
        if self.delete {
            level
        } else {
            level.min(Level::Edit)
        }
    }

    /// Whether somebody whom the grants give `level` may do `action`.
    pub fn allow(self, level: Level, action: Action) -> bool {
        let level = self.cut(level);
        match action {
            Action::Read => level >= Level::Read,
            Action::Create => self.create && level >= Level::Edit,
            Action::Edit => level >= Level::Edit,
            Action::Delete => self.delete && level == Level::Full,
            Action::ChangeOwner => level == Level::Full,
        }
    }
}

fn parse_label<T: Copy>(
    all: &[T],
    label: fn(T) -> &'static str,
    text: &str,
    what: &str,
) -> Result<T> {
    all.iter()
        .copied()
        .find(|&value| label(value) == text)
        .ok_or_else(|| unknown_label(all, label, &format!("\"{text}\""), what))
}

fn unknown_label<T: Copy>(
    all: &[T],
    label: fn(T) -> &'static str,
    written: &str,
    what: &str,
) -> Error {
    let labels: Vec<_> = all.iter().map(|&value| label(value)).collect();
    Error::bad_value(format!("{written} is not a {what}"))
        .hint(format!("It is one of: {}.", labels.join(", ")))
}
