namespace ActorStreams.Core.Records;

/// <summary>A row that replaces the one with its key, or deletes it. What the key is, the sink says.</summary>
/// <param name="Row">The row; of a deletion, the last row that was there, or any with the same key.</param>
/// <param name="IsDelete">Whether the row of that key goes.</param>
/// <typeparam name="T">The row.</typeparam>
[ChangelogRow(ChangelogMode.Upsert)]
public readonly record struct UpsertRow<T>(T Row, bool IsDelete)
{
    /// <summary>The row is there from now on, instead of what had its key.</summary>
    public static UpsertRow<T> Set(T row) => new(row, false);

    /// <summary>The row with this key is gone.</summary>
    public static UpsertRow<T> Delete(T row) => new(row, true);
}
