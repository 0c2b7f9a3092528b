using System.Security.Cryptography;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>A column of the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type where the table is created.</param>
/// <param name="IsKey">Whether rows are replaced by it.</param>
internal sealed record TargetColumn(string Name, string Type, bool IsKey);

/// <summary>A column that a table has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type with its length or precision.</param>
/// <param name="CopyType">Its type without.</param>
/// <param name="IsNotNull">Whether it refuses null.</param>
internal sealed record FoundColumn(string Name, string Type, string CopyType, bool IsNotNull);

/// <summary>The table that is written, and the SQL that writes it.</summary>
/// <remarks>Parameters everywhere: $1 the owner (pipeline, sink and writer), $2 the generation, $3 the epoch, $4 the first of its rows that
/// counts.</remarks>
internal sealed class TargetTable
{
    private const int MaxNameBytes = 63;
    private const string StagedPrefix = "actorstreams_staged_";

    private readonly string _staged;
    private readonly string _lastOfEachKey;
    private readonly string _keys;

    public TargetTable(string name, IReadOnlyList<TargetColumn> columns)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        (Schema, Name) = dot < 0 ? ("public", name) : (name[..dot], name[(dot + 1)..]);
        (Shown, Columns) = (name, columns);
        string staged = StagedPrefix + Name;
        StagedName = Encoding.UTF8.GetByteCount(staged) <= MaxNameBytes
            ? staged
            : StagedPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Name)))[..32];
        Full = $"{Quote(Schema)}.{Quote(Name)}";
        _staged = $"{Quote(Schema)}.{Quote(StagedName)}";
        Epochs = $"{Quote(Schema)}.actorstreams_epochs";
        _keys = Names(column => column.IsKey);
        _lastOfEachKey =
            $"SELECT DISTINCT ON ({_keys}) * FROM {_staged} WHERE {Mine} AND actorstreams_row >= $4 ORDER BY {_keys}, actorstreams_row DESC";
    }

    public string Schema { get; }

    public string Name { get; }

    public string StagedName { get; }

    public IReadOnlyList<TargetColumn> Columns { get; }

    /// <summary>As the user wrote it.</summary>
    public string Shown { get; }

    /// <summary>Quoted, with its schema.</summary>
    public string Full { get; }

    /// <summary>The table that notes which epoch of which sink is in its target, quoted.</summary>
    public string Epochs { get; }

    public string Copy =>
        $"COPY {_staged} ({Names(_ => true)}, actorstreams_owner, actorstreams_generation, actorstreams_epoch, actorstreams_row, actorstreams_delete) FROM STDIN (FORMAT BINARY)";

    public string Delete =>
        $"DELETE FROM {Full} t USING ({_lastOfEachKey}) s WHERE s.actorstreams_delete AND {string.Join(" AND ", KeyNames.Select(key => $"t.{key} = s.{key}"))}";

    /// <summary>Not TRUNCATE: readers of an older snapshot would see nothing.</summary>
    public string DeleteAll => $"DELETE FROM {Full}";

    public string Upsert
    {
        get
        {
            string all = Names(_ => true),
                set = string.Join(", ", Columns.Where(column => !column.IsKey)
                .Select(column => $"{Quote(column.Name)} = excluded.{Quote(column.Name)}"));
            return $"INSERT INTO {Full} ({all}) SELECT {all} FROM ({_lastOfEachKey}) s WHERE NOT actorstreams_delete ON CONFLICT ({_keys}) DO {(set.Length == 0 ? "NOTHING" : $"UPDATE SET {set}")}";
        }
    }

    public string Clean => $"DELETE FROM {_staged} WHERE {Mine}";

    public string CleanAll => $"DELETE FROM {_staged} WHERE actorstreams_owner = $1";

    public string Create
    {
        get
        {
            string columns = string.Join(", ",
                Columns.Select(column => $"{Quote(column.Name)} {column.Type}{(column.IsKey ? " NOT NULL" : "")}"));
            return $"CREATE TABLE {Full} ({columns}, PRIMARY KEY ({_keys}))";
        }
    }

    public string CreateEpochs => $"""
        CREATE TABLE IF NOT EXISTS {Epochs} (owner text PRIMARY KEY, generation bigint NOT NULL, epoch bigint NOT NULL, committed_at timestamptz NOT NULL)
        """;

    public string DropStaged => $"DROP TABLE {_staged}";

    public string IsStagedEmpty => $"SELECT NOT EXISTS (SELECT 1 FROM {_staged})";

    private const string Mine = "actorstreams_owner = $1 AND actorstreams_generation = $2 AND actorstreams_epoch = $3";

    private IEnumerable<string> KeyNames => Columns.Where(column => column.IsKey).Select(column => Quote(column.Name));

    /// <summary>A table with the types of the target's columns, and what the staging adds; a deletion has keys only.</summary>
    public string CreateStaged(IReadOnlyList<FoundColumn> found)
    {
        IEnumerable<string> columns = found.Select(column => $"{Quote(column.Name)} {column.Type}" +
            (column.IsNotNull ? $" CHECK (actorstreams_delete OR {Quote(column.Name)} IS NOT NULL)" : ""));
        return $"CREATE TABLE {_staged} ({string.Join(", ", columns)}, actorstreams_owner text NOT NULL, actorstreams_generation bigint NOT NULL, " +
            "actorstreams_epoch bigint NOT NULL, actorstreams_row bigint NOT NULL, actorstreams_delete boolean NOT NULL)";
    }

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string Names(Func<TargetColumn, bool> which) => string.Join(", ", Columns.Where(which).Select(column => Quote(column.Name)));
}
