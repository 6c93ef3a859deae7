"""Every sentence and sign that people read from tzurot itself, in one voice."""

from __future__ import annotations

# Signs.
WARNING = "⚠️"
PUBLIC = "🌐"
PRIVATE = "🔒"
YOURS = "✏️"
BACK = "◀"
ON = "▶"

DM_HELP = (
    "Hello! I lend my voice to characters. Write `@` and a character's name to talk with one, "
    "for example `@{name} hello`. After that, just write: the same character keeps listening here."
)
DM_HELP_NOBODY = "Hello! I lend my voice to characters, but there is none yet that you may talk to."
LEFT_OUT = "-# At most {most} characters answer one message. This time without: {names}."
NO_REPLY = f"-# {WARNING} {{name}} cannot answer just now. {{reason}}"
TOO_LATE = "I was away and could not answer you in time. Say it again, and I will."
DATABASE_AWAY = (
    f"-# {WARNING} My memory cannot be reached just now. What you say is answered when it is back."
)
QUEUE_IS_LONG = "-# Many people speak with me just now. The answer comes here as soon as it can."
TOO_MANY_TURNS = (
    "-# {name}, that was more than I can answer in so short a time. I answer you again {when}."
)
NO_REPLY_INTERNAL = "Something went wrong on our side. Please try again (reference {reference})."

# Stopping.
STOP = "Stop"
STOP_ONE = "Stop {character} for {person}"
STOP_ALL = "Stop all of them"
STOPPED = "Stopped, as you wished: {characters}."
STOP_OTHERS = "This is still on its way to others here:"
STOP_NOTHING = "Nothing of yours is on its way here. What is said already stays."
STOP_NOTHING_HERE = "Nothing is on its way here. What is said already stays."
STOP_NOT_YOURS = "Only those who are being answered can stop that, or a moderator."
STOP_TOO_LATE = "There is nothing left to stop: it is said, or was stopped already."

# Ages.
AGE_ASKED = (
    "Whom you want to speak with is for grown-ups. Please confirm, once, that you are 18 or older; "
    "what you said is answered then."
)
AGE_CONFIRM = "I am 18 or older"
AGE_NOT_ASKED = (
    "-# Whom you want to speak with is for grown-ups, and I cannot write to you in private to ask. "
    "`/age` asks you here, for your eyes only."
)
AGE_CONFIRMED = "Thank you. Characters for grown-ups answer you from now on."
AGE_KNOWN = "You confirmed on {date} that you are 18 or older. There is nothing more to do."
AGE_FIRST = "{name} is for grown-ups. Confirm, once, that you are 18 or older, and say it again."

# Commands, on every path.
NOT_IN_THIS_CHANNEL = "Characters do not answer in this channel."
DENIED = "I do not answer you here."
NOT_ALLOWED = "This is for {who} only."
OLD_BUTTON = "This button is from an older version of me. Please start again with the command."
COMMAND_FAILED = "Something went wrong on our side. Please try again (reference {reference})."

# Characters.
NO_SUCH_CHARACTER = (
    "There is no character “{name}” that you may use. `/character browse` lists them."
)
CHAT_NOT_SAID = "{fault}\nNothing was said. Here is what you wrote:\n>>> {message}"
NOT_YOURS = "Only the owner of {name} can do this."
CHANGED_MEANWHILE = "{name} was changed by somebody else meanwhile. Look again before you save."
NAME_TAKEN = "You already have a character named {name}. Please choose another name."
NAME_NOT_USABLE = "A name cannot hold @, #, :, ` or line breaks, nor be a word like everyone."
FIELD_MISSING = "{label} must not be empty."
FIELD_TOO_LONG = "{label} has {now} characters; {most} fit."
FORM_CANNOT_HOLD = (
    "{label} of {name} is longer than a form on Discord can hold, so it is not opened: saving "
    "would cut it."
)
NOT_SAVED = "Not saved yet:\n{faults}\nNothing that you typed is lost."
DRAFT_GONE = "This draft is no longer there. Please start again with the command."
CREATED = "**{name}** is here, for you alone so far. Write `@{name} hello` to speak with them."
SAVED = "**{name}** is saved."
DELETE_SURELY = "Delete **{name}** for good? What they said stays in the channels, they do not."
DELETED = "**{name}** is deleted."
KEPT = "**{name}** stays."
NOW_PUBLIC = "Everybody can speak with **{name}** now."
NOW_PRIVATE = "Only you can speak with **{name}** now."
AVATAR_SET = "**{name}** has a new picture."
PICTURE_TOO_LARGE = "The picture may have at most {most} MB."
PICTURE_TOO_MANY_PIXELS = "The picture has too many pixels. Please make it smaller first."
PICTURE_UNREADABLE = "This is not a picture that I can read. Please send a PNG, JPEG, GIF or WebP."
NOBODY_FOUND = "Nobody found. `/character create` makes somebody new."

# Settings, and who answers where.
NO_SUCH_SETTING = "There is no setting named “{name}”."
SETTING_NOT_HERE = "{name} cannot be set for a {tier}."
CAP_NOT_HERE = "{name} cannot be limited for a {tier}."
CAP_WRONG = (
    "A limit on {name} is either the least and the most that a number may be, or a list of values."
)
NOT_ACTIVE = "This character is not active here."
TOO_MANY_ACTIVE = (
    "{most} characters are active here already, and there is no space for more. "
    "Let one of them rest first."
)
TALKATIVENESS_WRONG = "How talkative somebody is goes from 0 (never unasked) to 1 (always)."
ALIAS_LENGTH = "Another name has 1 to {most} characters."
ALIAS_SHADOWED = (
    "“{alias}” is what {name} is called, and that always comes first. How about “{suggestion}”?"
)
ALIAS_TAKEN = "“{alias}” is another name of {name} already."
ALIAS_UNKNOWN = "“{alias}” is not another name that you could remove here."
ALIASES_FULL = "There are {most} other names already. Remove one first."
NOT_THE_HOST = "The host of this bot cannot be shut out."
EXPIRED_ALREADY = "This end lies in the past. Please name a later one, or none."

# Who people are to characters.
NO_SUCH_PERSONA = "You have no such persona. Perhaps it was deleted meanwhile."
PERSONA_TAKEN = "You already have a persona named {name}. Please choose another name."
PERSONAS_FULL = "You have {most} personas, and no more fit. Delete one first."
MEMBER_TAKEN = "Your persona {name} is this member already."

# What guides characters beside their cards.
SIDECAR = "How you want to be treated"
NOTE = "The author's note"
DIRECTIVE = "The directive"
NOTE_DEPTH_WRONG = "How deep a note stands goes from 0 (after the last message) to {most}."
NOTE_ROLE_WRONG = "A note is told as one of {roles}."
NOTE_EVERY_WRONG = (
    "How often a note stands goes from 0 (in each answer) to {most} (in each {most}th)."
)
DIRECTIVE_NAME_WRONG = (
    "A directive's name has 1 to {most} of the characters a-z, 0-9 and -, and begins with a letter."
)
DIRECTIVES_FULL = "There are {most} directives of yours, and no more fit. Delete one first."

# Joining a server.
GREETING = (
    "Hello! I lend my voice to characters. Write `@{name} hello` in any channel, and {name} "
    "answers. `/character create` makes your own, `/help` lists the rest."
)
GREETING_NOBODY = "Hello! I lend my voice to characters. `/character create` makes the first one."

# What commands show.
PONG = "I am awake. A heartbeat takes {ms} ms."
HELP_TITLE = "How to begin"
HELP_BEGIN = (
    "Write `@{name} hello` in a channel, or reply to what a character says. In a direct message, "
    "the character you last named keeps listening."
)
HELP_COMMANDS = "Commands"
FORM_CREATE = "A new character"
FORM_EDIT = "Change {name}"
EDIT = "Edit"
DELETE = "Delete"
KEEP = "Keep"
MAKE_PUBLIC = "Show to everybody"
MAKE_PRIVATE = "Keep to myself"
IS_PUBLIC = f"{PUBLIC} Everybody can speak with them"
IS_PRIVATE = f"{PRIVATE} Only the owner can speak with them"
GO_ON_WRITING = "Go on writing"
LOOK_AT = "Look at somebody"
BROWSE_TITLE = "Characters ({count})"
PAGE_OF = "Page {page} of {pages}"
