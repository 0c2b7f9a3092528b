namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>A table as the catalogue has it when a connection is made.</summary>
internal sealed record TableInfo
{
    public required string Where { get; init; }

    /// <summary>With its schema.</summary>
    public required string Name { get; init; }

    public required string QuotedName { get; init; }

    /// <summary>The table's number: how messages name it.</summary>
    public required uint Oid { get; init; }

    /// <summary>A partitioned table; its rows are those of its partitions.</summary>
    public required bool IsPartitioned { get; init; }

    /// <summary>The columns that are published, in their order.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    public required IReadOnlyList<string> KeyColumns { get; init; }

    public required IReadOnlyList<bool> KeyIsInteger { get; init; }

    /// <summary>The condition of the publication; null: all rows are published.</summary>
    public required string? RowFilter { get; init; }

    /// <summary>What the catalogue said then.</summary>
    public required TableLook Look { get; init; }

    /// <summary>What has become of the table that was read before, as the end of a sentence; null: it is the same.</summary>
    public string? Replaced { get; init; }

    /// <summary>The snapshot after <paramref name="after"/> (null: all of it), in the order of <see cref="KeyOrder"/>, as text.</summary>
    public string CopyAfter(byte[][]? after)
    {
        string[] order = [.. OrderBy()];
        List<string> conditions = [];
        if (RowFilter is not null)
            conditions.Add($"({RowFilter})");
        if (after is not null)
            conditions.Add($"({string.Join(", ", order)}) > ({string.Join(", ", after.Select(LiteralOf))})");
        string where = conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
        return $"COPY (SELECT {string.Join(", ", Columns.Select(CaptureSettings.Quote))} FROM {(IsPartitioned ? "" : "ONLY ")}{QuotedName}{where} ORDER BY {string.Join(", ", order)}) TO STDOUT";
    }

    private IEnumerable<string> OrderBy() => KeyColumns.Select((column, i) =>
        KeyIsInteger[i] ? CaptureSettings.Quote(column) : $"format('%s', {CaptureSettings.Quote(column)}) COLLATE \"C\"");

    private string LiteralOf(byte[] value, int column)
    {
        string text = System.Text.Encoding.UTF8.GetString(value);
        return KeyIsInteger[column] ? text : $"{CaptureSettings.Literal(text)} COLLATE \"C\"";
    }
}
