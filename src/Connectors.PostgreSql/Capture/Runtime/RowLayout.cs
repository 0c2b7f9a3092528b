namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>The columns of a row as it is sent; another one after the table was altered.</summary>
internal sealed class RowLayout(IReadOnlyList<string> names)
{
    private readonly Dictionary<string, int> _ordinals = names.Select((name, ordinal) => (name, ordinal))
        .ToDictionary(one => one.name, one => one.ordinal, StringComparer.Ordinal);

    public static RowLayout None { get; } = new([]);

    public IReadOnlyList<string> Names { get; } = names;

    public bool TryFind(string column, out int ordinal) => _ordinals.TryGetValue(column, out ordinal);

    public int Find(string column) => _ordinals.TryGetValue(column, out int ordinal)
        ? ordinal
        : throw new FormatException($"The table has no column '{column}', or it is not published; it has {string.Join(", ", Names)}.");

    /// <summary>The column of a member: the same name, or the same but for case and underscores; -1 if there is none.</summary>
    public int FindMember(string member)
    {
        if (_ordinals.TryGetValue(member, out int ordinal))
            return ordinal;
        for (int column = 0; column < Names.Count; column++)
        {
            if (Bare(Names[column]).Equals(Bare(member), StringComparison.OrdinalIgnoreCase))
                return column;
        }

        return -1;
    }

    private static string Bare(string name) => name.Replace("_", "", StringComparison.Ordinal);
}
