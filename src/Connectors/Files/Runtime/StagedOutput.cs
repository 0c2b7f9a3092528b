using System.Buffers.Binary;
using System.Text;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>What an epoch adds to a file: the handle that the store keeps.</summary>
/// <param name="Before">The file's length without the epoch, in bytes.</param>
/// <param name="Added">The bytes that the epoch adds.</param>
/// <param name="Checksum">Their CRC-32C.</param>
/// <param name="StagingName">The name of the file beside it that holds them; empty if the epoch adds nothing.</param>
internal sealed record StagedOutput(long Before, long Added, uint Checksum, string StagingName)
{
    private const byte Version = 1;
    private const int FixedBytes = 1 + 8 + 8 + 4;

    public long After => Before + Added;

    public byte[] Encode()
    {
        byte[] handle = new byte[FixedBytes + Encoding.UTF8.GetByteCount(StagingName)];
        handle[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(1), Before);
        BinaryPrimitives.WriteInt64LittleEndian(handle.AsSpan(9), Added);
        BinaryPrimitives.WriteUInt32LittleEndian(handle.AsSpan(17), Checksum);
        Encoding.UTF8.GetBytes(StagingName, handle.AsSpan(FixedBytes));
        return handle;
    }

    public static StagedOutput Decode(byte[] handle, string file)
    {
        if (handle.Length < FixedBytes || handle[0] != Version)
            throw new SinkException(
                $"File '{file}': what the store keeps of the last epoch was not written by this kind of sink, or by a newer version. " +
                "Give a sink of another kind another name in the pipeline.");
        var output = new StagedOutput(
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(1)),
            BinaryPrimitives.ReadInt64LittleEndian(handle.AsSpan(9)),
            BinaryPrimitives.ReadUInt32LittleEndian(handle.AsSpan(17)),
            Encoding.UTF8.GetString(handle.AsSpan(FixedBytes)));
        if (output.Before < 0 || output.Added < 0 || output.StagingName.AsSpan().ContainsAny('/', '\\'))
            throw new SinkException($"File '{file}': what the store keeps of the last epoch is damaged.");
        return output;
    }
}
