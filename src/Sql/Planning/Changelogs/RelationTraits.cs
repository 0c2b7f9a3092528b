namespace ActorStreams.Sql.Planning.Changelogs;

/// <summary>What is known of a relation's rows before any comes.</summary>
/// <param name="Changes">Whether rows are taken back once they were given.</param>
/// <param name="Key">The columns that no two rows have the same values of, by their places; null: there are none. Empty: there is one row
/// at most.</param>
/// <param name="IsFinite">Whether so many rows come and no more, however long it runs.</param>
/// <param name="State">What the step that gives them keeps.</param>
internal sealed record RelationTraits(bool Changes, IReadOnlyList<int>? Key, bool IsFinite, StateBound State)
{
    /// <summary>What rows may say of earlier ones: of rows with a key, that they replace or delete the one with the same.</summary>
    public ChangelogMode Mode => !Changes ? ChangelogMode.InsertOnly : Key is null ? ChangelogMode.Retract : ChangelogMode.Upsert;
}
