using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>A partition that holds rows.</summary>
/// <param name="Oid">Its number.</param>
/// <param name="File">The number of the file that holds its rows: another one once it was truncated or rewritten.</param>
internal readonly record struct PartitionFile(uint Oid, uint File);

/// <summary>What a captured table is, beside its name: where this changes, rows come or go that the log does not tell of. Stored with the
/// position.</summary>
/// <remarks>A table is known by its number, not by its name: one that was dropped and made again, or swapped with another by renaming, has
/// another number, and the log tells of it under that one.</remarks>
internal sealed class TableShape : IEquatable<TableShape>
{
    /// <summary>The table's number: how messages name it.</summary>
    public required uint Table { get; init; }

    /// <summary>The publication's number; 0: there is none.</summary>
    public required uint Publication { get; init; }

    /// <summary>The entries by which the publication has the table (or its schema), by number; 0: it has all tables.</summary>
    public required IReadOnlyList<uint> Memberships { get; init; }

    public required IReadOnlyList<string> KeyColumns { get; init; }

    /// <summary>By number.</summary>
    public required IReadOnlyList<PartitionFile> Partitions { get; init; }

    /// <summary>As bytes; made once, because it goes with every position.</summary>
    public byte[] Encoded => field ??= Encode();

    public bool Equals(TableShape? other) => other is not null && Table == other.Table && Publication == other.Publication
        && Memberships.SequenceEqual(other.Memberships) && KeyColumns.SequenceEqual(other.KeyColumns, StringComparer.Ordinal)
            && Partitions.SequenceEqual(other.Partitions);

    public override bool Equals(object? obj) => Equals(obj as TableShape);

    public override int GetHashCode() => (int)Table;

    public static TableShape Decode(ReadOnlySpan<byte> bytes)
    {
        uint table = TakeNumber(ref bytes), publication = TakeNumber(ref bytes);
        uint[] memberships = new uint[TakeNumber(ref bytes)];
        for (int i = 0; i < memberships.Length; i++)
            memberships[i] = TakeNumber(ref bytes);
        string[] keys = new string[TakeNumber(ref bytes)];
        for (int i = 0; i < keys.Length; i++)
        {
            int length = (int)TakeNumber(ref bytes);
            keys[i] = Encoding.UTF8.GetString(bytes[..length]);
            bytes = bytes[length..];
        }

        var partitions = new PartitionFile[TakeNumber(ref bytes)];
        for (int i = 0; i < partitions.Length; i++)
            partitions[i] = new PartitionFile(TakeNumber(ref bytes), TakeNumber(ref bytes));
        return new TableShape
        {
            Table = table,
            Publication = publication,
            Memberships = memberships,
            KeyColumns = keys,
            Partitions = partitions,
        };
    }

    private byte[] Encode()
    {
        var bytes = new List<byte>();
        PutNumber(bytes, Table);
        PutNumber(bytes, Publication);
        PutNumber(bytes, (uint)Memberships.Count);
        foreach (uint membership in Memberships)
            PutNumber(bytes, membership);
        PutNumber(bytes, (uint)KeyColumns.Count);
        foreach (string column in KeyColumns)
        {
            PutNumber(bytes, (uint)Encoding.UTF8.GetByteCount(column));
            bytes.AddRange(Encoding.UTF8.GetBytes(column));
        }

        PutNumber(bytes, (uint)Partitions.Count);
        foreach (PartitionFile partition in Partitions)
        {
            PutNumber(bytes, partition.Oid);
            PutNumber(bytes, partition.File);
        }

        return [.. bytes];
    }

    private static void PutNumber(List<byte> bytes, uint number)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, number);
        bytes.AddRange(four);
    }

    private static uint TakeNumber(ref ReadOnlySpan<byte> bytes)
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[4..];
        return number;
    }
}
