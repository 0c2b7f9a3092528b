using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Keys up to and with <paramref name="UpTo"/> (null: all that follow) were read as of <paramref name="Lsn"/>.</summary>
/// <param name="Lsn">Commits before it are in these rows.</param>
/// <param name="UpTo">The text of the key columns.</param>
internal sealed record SnapshotPart(ulong Lsn, byte[][]? UpTo);

/// <summary>Where a captured table is continued.</summary>
/// <param name="IsSnapshot">Rows that were there at the start are still being read; on from the last of the parts.</param>
/// <param name="Lsn">The stream goes on with the first transaction that commits at or after it.</param>
/// <param name="OpenCommit">Where the transaction commits of which a part was told already; 0: none.</param>
/// <param name="OpenEvents">How many of its events were told.</param>
/// <param name="Parts">What the snapshot is made of: one part, and a further one for each time that it was interrupted. Empty once the
/// stream has passed all of them.</param>
internal sealed record CapturePosition(bool IsSnapshot, ulong Lsn, ulong OpenCommit, long OpenEvents, IReadOnlyList<SnapshotPart> Parts)
{
    private const byte Version = 2, WithoutShape = 1;

    /// <summary>The slot that keeps the log from here on; null: an earlier version made the position, and did not note it.</summary>
    public string? Slot { get; init; }

    /// <summary>The table that was read; null: not known yet, or not noted.</summary>
    public TableShape? Shape { get; init; }

    /// <summary>The watermark that the source has declared.</summary>
    public long Declared { get; init; } = EventTime.MinValue;

    public byte[] Encode()
    {
        byte[] slot = Encoding.UTF8.GetBytes(Slot ?? ""), shape = Shape?.Encoded ?? [];
        int parts = Parts.Sum(part => 8 + 4 + (part.UpTo?.Sum(key => 4 + key.Length) ?? 0));
        int size = 2 + 24 + 4 + parts + 8 + 4 + slot.Length + 4 + shape.Length;
        byte[] bytes = new byte[size];
        Span<byte> rest = bytes;
        (rest[0], rest[1]) = (Version, IsSnapshot ? (byte)1 : (byte)0);
        rest = rest[2..];
        Put(ref rest, (long)Lsn);
        Put(ref rest, (long)OpenCommit);
        Put(ref rest, OpenEvents);
        Put(ref rest, Parts.Count);
        foreach (SnapshotPart part in Parts)
        {
            Put(ref rest, (long)part.Lsn);
            Put(ref rest, part.UpTo?.Length ?? -1);
            foreach (byte[] key in part.UpTo ?? [])
                Put(ref rest, key);
        }

        Put(ref rest, Declared);
        Put(ref rest, slot);
        Put(ref rest, shape);
        return bytes;
    }

    public static CapturePosition Decode(byte[]? state, string where)
    {
        if (state is not { Length: > 0 } || state[0] is not (Version or WithoutShape))
            throw new SourceException(
                $"{where}: the stored position is not one of a captured table, or of a newer version. Was the source another one before? Give it a new name.");
        ReadOnlySpan<byte> rest = state.AsSpan(2);
        ulong lsn = (ulong)TakeLong(ref rest), commit = (ulong)TakeLong(ref rest);
        long events = TakeLong(ref rest);
        var parts = new SnapshotPart[TakeInt(ref rest)];
        for (int i = 0; i < parts.Length; i++)
        {
            ulong at = (ulong)TakeLong(ref rest);
            int columns = TakeInt(ref rest);
            byte[][]? key = columns < 0 ? null : new byte[columns][];
            for (int column = 0; column < columns; column++)
                key![column] = TakeBytes(ref rest).ToArray();

            parts[i] = new SnapshotPart(at, key);
        }

        var position = new CapturePosition(state[1] == 1, lsn, commit, events, parts);
        if (state[0] == WithoutShape)
            return position;
        long declared = TakeLong(ref rest);
        string slot = Encoding.UTF8.GetString(TakeBytes(ref rest));
        ReadOnlySpan<byte> shape = TakeBytes(ref rest);
        return position with
        {
            Declared = declared,
            Slot = slot.Length == 0 ? null : slot,
            Shape = shape.Length == 0 ? null : TableShape.Decode(shape),
        };
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        Put(ref rest, bytes.Length);
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static ReadOnlySpan<byte> TakeBytes(ref ReadOnlySpan<byte> rest)
    {
        int length = TakeInt(ref rest);
        ReadOnlySpan<byte> bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    private static void Put(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[8..];
    }

    private static void Put(ref Span<byte> rest, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[4..];
    }

    private static long TakeLong(ref ReadOnlySpan<byte> rest)
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
        return value;
    }

    private static int TakeInt(ref ReadOnlySpan<byte> rest)
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        return value;
    }
}
