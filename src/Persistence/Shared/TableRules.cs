namespace ActorStreams.Persistence.Shared;

/// <summary>What a table may look like, the same in every store. Only names that passed here ever reach SQL text.</summary>
internal static class TableRules
{
    public const string ReservedPrefix = "actorstreams_";
    private const int MaxNameLength = 48;

    /// <exception cref="StoreException">A name, the columns or the keys are not as a table needs them.</exception>
    public static void Check(TableSpec table)
    {
        if (!IsIdentifier(table.Name) || table.Name.StartsWith(ReservedPrefix, StringComparison.Ordinal)
            || table.Name.StartsWith("sqlite_", StringComparison.Ordinal))
        {
            throw new StoreException(
                $"'{table.Name}' cannot be the name of a table. Use lower-case letters, digits and underscores, a letter or underscore " +
                $"first, at most {MaxNameLength}; 'sqlite_' and '{ReservedPrefix}' are taken.");
        }

        if (table.Columns.Count == 0)
            throw new StoreException($"Table '{table.Name}' has no columns. Give it at least one.");
        foreach (TableColumn column in table.Columns)
        {
            if (!IsIdentifier(column.Name))
            {
                throw new StoreException(
                    $"Table '{table.Name}': '{column.Name}' cannot be the name of a column. Use lower-case letters, digits and " +
                    $"underscores, a letter or underscore first, at most {MaxNameLength}.");
            }
        }

        if (table.Columns.DistinctBy(c => c.Name).Count() != table.Columns.Count)
            throw new StoreException($"Table '{table.Name}' has two columns of the same name. Rename one.");
        bool hasKey = table.Columns.Any(c => c.IsKey);
        if (hasKey != (table.Mode == TableMode.Upsert))
        {
            throw new StoreException(hasKey
                ? $"Table '{table.Name}' has key columns, but inserts every row. Use {nameof(TableMode)}.{nameof(TableMode.Upsert)}, or drop the keys."
                : $"Table '{table.Name}' replaces rows by key, but has no key column. Mark at least one as a key.");
        }
    }

    /// <exception cref="StoreException">The table that is there is another one.</exception>
    public static void CheckExisting(TableSpec table, string where, IEnumerable<string> wanted, IEnumerable<string> found)
    {
        string wants = string.Join(", ", wanted), has = string.Join(", ", found);
        if (!string.Equals(wants, has, StringComparison.Ordinal))
        {
            throw new StoreException(
                $"Table '{table.Name}' in {where} is there already with other columns. The sink writes ({wants}), the table has ({has}). " +
                "Rename the sink's table, or migrate or drop the one that is there.");
        }
    }

    /// <summary>How many of the last columns the table that is there lacks and may be given.</summary>
    public static int ColumnsToAdd(TableSpec table, IReadOnlyList<string> wanted, IReadOnlyList<string> found)
    {
        int missing = wanted.Count - found.Count;
        return missing > 0 && missing <= table.ColumnsAdded && wanted.Take(found.Count).SequenceEqual(found, StringComparer.Ordinal)
            ? missing : 0;
    }

    public static bool IsIdentifier(string name) =>
        name.Length is > 0 and <= MaxNameLength && !char.IsAsciiDigit(name[0])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
