"""inbox of a council"""

import sqlalchemy as sa
from alembic import op

from service.models import search

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departement", sa.String(length=2), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "received",
                "to_classify",
                "instructed",
                "retained",
                "forwarded",
                "attached",
                "not_retained",
                "became_project",
                "merged",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_sms", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
    )
    with op.batch_alter_table("answer_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_template_departement"), ["departement"], unique=False)

    op.create_table(
        "line",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_because", sa.String(length=120), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_that_day", sa.Integer(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_line")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departement", sa.String(length=2), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum("instruction", "opinions", "closed", name="phase", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_departement"), ["departement"], unique=False)

    op.create_table(
        "reply_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("replies_that_hour", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "subject", name=op.f("pk_reply_count")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_failure")),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failure_last"), ["last"], unique=False)

    op.create_table(
        "import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("departement", sa.String(length=2), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("taken_in", sa.Integer(), nullable=False),
        sa.Column("known_already", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_import_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role", sa.Enum("member", "secretary", "region", name="role", native_enum=False, length=32), nullable=False
        ),
        sa.Column("departement", sa.String(length=2), nullable=True),
        sa.Column("college", sa.String(length=40), nullable=True),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["reviewer.id"], name=op.f("fk_invitation_invited_by_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_recovery_code_reviewer_id_reviewer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("reviewer_id", "code_hash", name=op.f("uq_recovery_code_reviewer_id_code_hash")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_saved_view_reviewer_id_reviewer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("reviewer_id", "name", name=op.f("uq_saved_view_reviewer_id_name")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_sign_in_reviewer_id_reviewer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_reviewer_id"), ["reviewer_id"], unique=False)

    op.create_table(
        "ban",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=80), nullable=False),
        sa.Column("departement", sa.String(length=2), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("appeal", sa.String(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_ban_contribution_id_contribution"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_ban_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ban")),
        sa.UniqueConstraint("pseudonym", "departement", name=op.f("uq_ban_pseudonym_departement")),
    )
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ban_contribution_id"), ["contribution_id"], unique=False)

    op.create_table(
        "claim",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_claim_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_claim_reviewer_id_reviewer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claim_reviewer_id"), ["reviewer_id"], unique=False)

    op.create_table(
        "draft",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "received",
                "to_classify",
                "instructed",
                "retained",
                "forwarded",
                "attached",
                "not_retained",
                "became_project",
                "merged",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("forwarded_to", sa.String(length=200), nullable=False),
        sa.Column("project", sa.String(length=80), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_sms", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_draft_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_draft_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_note_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_note_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_contribution_id"), ["contribution_id"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("college", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "favourable",
                "reserved",
                "unfavourable",
                "abstain",
                "conflict",
                name="verdict",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("innovative", sa.Integer(), nullable=True),
        sa.Column("sustainable", sa.Integer(), nullable=True),
        sa.Column("assessable", sa.Integer(), nullable=True),
        sa.Column("reproducible", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_opinion_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_opinion_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("contribution_id", "reviewer_id", name=op.f("uq_opinion_contribution_id_reviewer_id")),
    )
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinion_reviewer_id"), ["reviewer_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("contribution_id", sa.Integer(), nullable=True),
        sa.Column("batch", sa.String(length=36), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum("safety", "reply", "question", "decision", "news", name="purpose", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "owed",
                "sending",
                "sent",
                "delivered",
                "failed",
                "expired",
                "unwanted",
                name="delivery",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_outbox_contribution_id_contribution"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_batch"), ["batch"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_contribution_id"), ["contribution_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_delivery_due_at"), ["delivery", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_person_id_id"), ["person_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_provider_id"), ["provider_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outbox_purpose_delivery_contribution_id"),
            ["purpose", "delivery", "contribution_id"],
            unique=False,
        )

    op.create_table(
        "sketch",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_sketch_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("band", "contribution_id", name=op.f("pk_sketch")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("sketch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sketch_contribution_id"), ["contribution_id"], unique=False)

    op.create_table(
        "support",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_support_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_support_person_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
        sa.UniqueConstraint("contribution_id", "person_id", name=op.f("uq_support_contribution_id_person_id")),
    )
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_contribution_id"), ["contribution_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_support_person_id"), ["person_id"], unique=False)

    op.create_table(
        "told_apart",
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_told_apart_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["contribution.id"], name=op.f("fk_told_apart_other_id_contribution"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_told_apart_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("contribution_id", "other_id", name=op.f("pk_told_apart")),
    )
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_apart_other_id"), ["other_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_question_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox.id"], name=op.f("fk_question_message_id_outbox"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_person_id_person")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["reviewer.id"], name=op.f("fk_question_reviewer_id_reviewer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_contribution_id"), ["contribution_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer_sms", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("linked_project", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("meeting_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("instructed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_after", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("support_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("opinion_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("flagged", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(sa.Column("waiting", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(sa.Column("alike", sa.Boolean(), server_default=sa.text("(false)"), nullable=False))
        batch_op.add_column(
            sa.Column(
                "drafted_status",
                sa.Enum(
                    "received",
                    "to_classify",
                    "instructed",
                    "retained",
                    "forwarded",
                    "attached",
                    "not_retained",
                    "became_project",
                    "merged",
                    name="status",
                    native_enum=False,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("import_key", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("import_id", sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_received_at"))
        batch_op.drop_index(batch_op.f("ix_contribution_status_received_at"))
        batch_op.create_index(
            "ix_contribution_alike",
            ["departement", "status", "id"],
            unique=False,
            sqlite_where=sa.text("alike = 1"),
            postgresql_where=sa.text("alike"),
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_answered_at_answered_after"),
            ["departement", "answered_at", "answered_after"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_decided_at"), ["departement", "decided_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_instructed_at_solution_suggested"),
            ["departement", "instructed_at", "solution", "suggested"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_axis_id"),
            ["departement", "status", "axis", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_channel_id"),
            ["departement", "status", "channel", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_id"), ["departement", "status", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_insee_id"),
            ["departement", "status", "insee", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_opinion_count_id"),
            ["departement", "status", "opinion_count", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_received_at_id"),
            ["departement", "status", "received_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_solution_id"),
            ["departement", "status", "solution", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_contribution_drafted",
            ["departement", "status", "id"],
            unique=False,
            sqlite_where=sa.text("drafted_status IS NOT NULL"),
            postgresql_where=sa.text("drafted_status IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_contribution_flagged",
            ["departement", "status", "id"],
            unique=False,
            sqlite_where=sa.text("flagged = 1"),
            postgresql_where=sa.text("flagged"),
        )
        batch_op.create_index(batch_op.f("ix_contribution_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contribution_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(
            "ix_contribution_supported",
            ["departement", "status", "id"],
            unique=False,
            sqlite_where=sa.text("support_count > 0"),
            postgresql_where=sa.text("support_count > 0"),
        )
        batch_op.create_index(
            "ix_contribution_waiting",
            ["departement", "status", "id"],
            unique=False,
            sqlite_where=sa.text("waiting = 1"),
            postgresql_where=sa.text("waiting"),
        )
        batch_op.create_unique_constraint(batch_op.f("uq_contribution_import_key"), ["import_key"])
        batch_op.create_foreign_key(batch_op.f("fk_contribution_meeting_id_meeting"), "meeting", ["meeting_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_contribution_merged_into_id_contribution"), "contribution", ["merged_into_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_contribution_import_id_import"), "import", ["import_id"], ["id"])

    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.add_column(sa.Column("question_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_opening_question_id"), ["question_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_opening_question_id_question"), "question", ["question_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_address", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("phrase_proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_by", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))

    with op.batch_alter_table("reviewer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "role",
                sa.Enum("member", "secretary", "region", name="role", native_enum=False, length=32),
                server_default="secretary",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("college", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("sealed_totp_secret", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_reviewer_session_key"), type_="unique")
        batch_op.drop_column("session_key")

    # A reviewer without a territory was the region's; the others decided for theirs.
    op.execute("UPDATE reviewer SET role = 'region' WHERE departement IS NULL")
    for statement in search.MAKE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in search.UNMAKE[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("reviewer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_key", sa.VARCHAR(length=32), nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_reviewer_session_key"), ["session_key"])
        batch_op.drop_column("closed_at")
        batch_op.drop_column("totp_step")
        batch_op.drop_column("sealed_totp_secret")
        batch_op.drop_column("college")
        batch_op.drop_column("role")

    with op.batch_alter_table("phrase_proposal", schema=None) as batch_op:
        batch_op.drop_column("told_by")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("sealed_address")

    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_opening_question_id_question"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_opening_question_id"))
        batch_op.drop_column("question_id")

    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_contribution_import_id_import"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_contribution_merged_into_id_contribution"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_contribution_meeting_id_meeting"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_contribution_import_key"), type_="unique")
        batch_op.drop_index(
            "ix_contribution_waiting", sqlite_where=sa.text("waiting = 1"), postgresql_where=sa.text("waiting")
        )
        batch_op.drop_index(
            "ix_contribution_supported",
            sqlite_where=sa.text("support_count > 0"),
            postgresql_where=sa.text("support_count > 0"),
        )
        batch_op.drop_index(batch_op.f("ix_contribution_merged_into_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_meeting_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_import_id"))
        batch_op.drop_index(
            "ix_contribution_flagged", sqlite_where=sa.text("flagged = 1"), postgresql_where=sa.text("flagged")
        )
        batch_op.drop_index(
            "ix_contribution_drafted",
            sqlite_where=sa.text("drafted_status IS NOT NULL"),
            postgresql_where=sa.text("drafted_status IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_solution_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_received_at_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_opinion_count_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_insee_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_channel_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_status_axis_id"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_instructed_at_solution_suggested"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_decided_at"))
        batch_op.drop_index(batch_op.f("ix_contribution_departement_answered_at_answered_after"))
        batch_op.drop_index(
            "ix_contribution_alike", sqlite_where=sa.text("alike = 1"), postgresql_where=sa.text("alike")
        )
        batch_op.create_index(batch_op.f("ix_contribution_status_received_at"), ["status", "received_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_contribution_departement_status_received_at"),
            ["departement", "status", "received_at"],
            unique=False,
        )
        batch_op.drop_column("import_id")
        batch_op.drop_column("import_key")
        batch_op.drop_column("drafted_status")
        batch_op.drop_column("alike")
        batch_op.drop_column("waiting")
        batch_op.drop_column("flagged")
        batch_op.drop_column("opinion_count")
        batch_op.drop_column("support_count")
        batch_op.drop_column("answered_after")
        batch_op.drop_column("answered_at")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("instructed_at")
        batch_op.drop_column("meeting_id")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("linked_project")
        batch_op.drop_column("answer_sms")

    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_person_id"))
        batch_op.drop_index(batch_op.f("ix_question_contribution_id"))

    op.drop_table("question")
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_told_apart_other_id"))

    op.drop_table("told_apart")
    with op.batch_alter_table("support", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_person_id"))
        batch_op.drop_index(batch_op.f("ix_support_contribution_id"))

    op.drop_table("support")
    with op.batch_alter_table("sketch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sketch_contribution_id"))

    op.drop_table("sketch")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_purpose_delivery_contribution_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_provider_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_person_id_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_delivery_due_at"))
        batch_op.drop_index(batch_op.f("ix_outbox_contribution_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_batch"))

    op.drop_table("outbox")
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opinion_reviewer_id"))

    op.drop_table("opinion")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_contribution_id"))

    op.drop_table("note")
    op.drop_table("draft")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_reviewer_id"))

    op.drop_table("claim")
    with op.batch_alter_table("ban", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ban_contribution_id"))

    op.drop_table("ban")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_reviewer_id"))

    op.drop_table("sign_in")
    op.drop_table("saved_view")
    op.drop_table("recovery_code")
    op.drop_table("invitation")
    op.drop_table("import")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failure_last"))

    op.drop_table("sign_in_failure")
    op.drop_table("reply_count")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_departement"))

    op.drop_table("meeting")
    op.drop_table("line")
    with op.batch_alter_table("answer_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_template_departement"))

    op.drop_table("answer_template")
