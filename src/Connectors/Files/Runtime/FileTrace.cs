using System.Buffers.Binary;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>What was read of a file, told by checksums: enough to see later whether the same file is there.</summary>
/// <remarks>Content is summed in blocks of a megabyte. Known are the first one, the last whole one, and what follows it: so a look at
/// three megabytes at most tells, however large the file is.</remarks>
/// <param name="Length">The bytes that were read, from the beginning; 0: nothing is known.</param>
/// <param name="Head">The checksum of the first block, or of all if that is less.</param>
/// <param name="Before">That of the last whole block; 0 if there is none.</param>
/// <param name="Last">That of the bytes behind the last whole block.</param>
internal readonly record struct FileTrace(long Length, uint Head, uint Before, uint Last)
{
    public const int BlockBytes = 1 << 20;
    public const int EncodedBytes = sizeof(long) + (3 * sizeof(uint));

    /// <summary>The parts that are known, in order: where each begins and ends, and its checksum.</summary>
    public IEnumerable<(long From, long To, uint Checksum)> Parts()
    {
        long whole = Length - (Length % BlockBytes);
        yield return (0, Math.Min(Length, BlockBytes), Head);
        if (whole > BlockBytes)
            yield return (whole - BlockBytes, whole, Before);
        if (whole > 0)
            yield return (whole, Length, Last);
    }

    public void Encode(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Head);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Before);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Last);
    }

    public static FileTrace Decode(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
}

/// <summary>Makes the trace of a file while it is read.</summary>
internal sealed class RunningTrace
{
    private readonly List<uint> _blocks = [];
    private uint _head;
    private uint _before;
    private uint _last;

    /// <param name="from">What was read already.</param>
    public RunningTrace(FileTrace from = default)
    {
        (Length, _head, _before, _last) = (from.Length, from.Head, from.Before, from.Last);
        FirstBlock = Length / FileTrace.BlockBytes;
    }

    public long Length { get; private set; }

    /// <summary>The block in which this trace began.</summary>
    public long FirstBlock { get; }

    public FileTrace Value => new(Length, Length < FileTrace.BlockBytes ? _last : _head, _before, _last);

    /// <summary>The checksum of a block that was read to its end, or to <see cref="Length"/>.</summary>
    public uint ChecksumOf(long block) => block - FirstBlock < _blocks.Count ? _blocks[(int)(block - FirstBlock)] : _last;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int room = FileTrace.BlockBytes - (int)(Length % FileTrace.BlockBytes);
            ReadOnlySpan<byte> piece = bytes[..Math.Min(room, bytes.Length)];
            _last = Crc32C.Append(_last, piece);
            Length += piece.Length;
            bytes = bytes[piece.Length..];
            if (piece.Length < room)
                continue;
            if (Length == FileTrace.BlockBytes)
                _head = _last;
            _blocks.Add(_last);
            (_before, _last) = (_last, 0);
        }
    }
}
