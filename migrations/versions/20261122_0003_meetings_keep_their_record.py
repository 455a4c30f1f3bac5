"""a closed meeting keeps what it debated; to whom a decision forwards an idea; which ideas a reviewer classed otherwise

It may run while the version before is at work: that one writes its opinions as it did, by the same key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CORRECTED = sa.text("solution <> coalesce(suggested, '')")


def upgrade() -> None:
    op.create_table(
        "past_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contribution_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("project", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"],
            ["contribution.id"],
            name=op.f("fk_past_item_contribution_id_contribution"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_past_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["change.id"], name=op.f("fk_past_item_decision_id_change"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_item")),
        sa.UniqueConstraint("contribution_id", "meeting_id", name=op.f("uq_past_item_contribution_id_meeting_id")),
    )
    with op.batch_alter_table("past_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_item_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_past_item_decision_id"), ["decision_id"], unique=False)

    # An opinion given before is of the meeting on whose agenda its contribution is: nothing to fill in.
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.alter_column("contribution_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("past_item_id", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_opinion_past_item_id_reviewer_id"), ["past_item_id", "reviewer_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_opinion_past_item_id_past_item"), "past_item", ["past_item_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forwarded_to", sa.String(length=200), nullable=True))

    op.create_index(
        "ix_contribution_corrected",
        "contribution",
        ["departement", "status", "id"],
        sqlite_where=CORRECTED,
        postgresql_where=CORRECTED,
    )


def downgrade() -> None:
    op.drop_index("ix_contribution_corrected", "contribution")

    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_column("forwarded_to")

    op.execute("DELETE FROM opinion WHERE contribution_id IS NULL")  # the version before knows of no second meeting
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_opinion_past_item_id_past_item"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_opinion_past_item_id_reviewer_id"), type_="unique")
        batch_op.drop_column("past_item_id")
        batch_op.alter_column("contribution_id", existing_type=sa.Integer(), nullable=False)

    op.drop_table("past_item")
