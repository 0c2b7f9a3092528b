using System.Buffers.Binary;
using ActorStreams.Core;

namespace ActorStreams.Connectors.PostgreSql.Sinks.Runtime;

/// <summary>What an epoch has staged: the handle that the store keeps.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Generation">The run that staged it.</param>
/// <param name="Rows">Rows that are staged; 0 if the epoch changes nothing.</param>
/// <param name="Before">The last epoch before it that changed anything; 0 if none did.</param>
internal sealed record StagedEpoch(long Epoch, long Generation, long Rows, long Before)
{
    private const byte Version = 1;
    private const int Bytes = 1 + (4 * sizeof(long));

    /// <summary>The epoch that the target notes once this one is in it.</summary>
    public long Noted => Rows > 0 ? Epoch : Before;

    public byte[] Encode()
    {
        byte[] handle = new byte[Bytes];
        handle[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(1), Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(9), Generation);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(17), Rows);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(25), Before);
        return handle;
    }

    public static StagedEpoch Decode(byte[] handle, string where) => handle.Length == Bytes && handle[0] == Version
        ? new StagedEpoch(
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(1)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(9)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(17)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(25)))
        : throw new SinkException($"{where}: what the store keeps of the last epoch was not written by this kind of sink, or by a newer version. " +
            "Give a sink of another kind another name in the pipeline.");
}
