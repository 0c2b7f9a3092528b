using System.Buffers.Binary;

namespace ActorStreams.Connectors.PostgreSql.Upserts.Runtime;

/// <summary>What an epoch has staged: the handle that the store keeps.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Generation">The run that staged it.</param>
/// <param name="Rows">Rows that are staged.</param>
/// <param name="Before">The last epoch before it that changed anything; 0 if none did.</param>
/// <param name="ClearedAt">All rows of the target go, and of those that are staged the first so many; null: none does.</param>
internal sealed record StagedEpoch(long Epoch, long Generation, long Rows, long Before, long? ClearedAt)
{
    private const byte Version = 2;
    private const int Bytes = 1 + (5 * sizeof(long));

    public bool ChangesAnything => Rows > 0 || ClearedAt is not null;

    /// <summary>The epoch that the target notes once this one is in it.</summary>
    public long Noted => ChangesAnything ? Epoch : Before;

    public byte[] Encode()
    {
        byte[] handle = new byte[Bytes];
        handle[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(1), Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(9), Generation);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(17), Rows);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(25), Before);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(33), ClearedAt ?? -1);
        return handle;
    }

    public static StagedEpoch Decode(byte[] handle, string where) => handle.Length == Bytes && handle[0] == Version
        ? new StagedEpoch(
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(1)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(9)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(17)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(25)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(33)) is var clearedAt and >= 0 ? clearedAt : null)
        : throw new SinkException(
            $"{where}: what the store keeps of the last epoch was not written by this kind of sink, or by a newer version. " +
            "Give a sink of another kind another name in the pipeline.");
}
