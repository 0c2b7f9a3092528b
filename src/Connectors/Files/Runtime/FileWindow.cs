using System.Buffers.Binary;
using System.IO.Compression;
using ActorStreams.Core;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>The bytes of a file from a position on: a window that slides forward and grows only for a long record.</summary>
/// <remarks>Positions count bytes of the content: of a <c>.gz</c> file, the decompressed bytes.</remarks>
internal sealed class FileWindow : IAsyncDisposable
{
    private const int InitialBytes = 256 * 1024;
    private const int MinGzipBytes = 18;

    private static readonly byte[] s_gzipHeader = [0x1F, 0x8B, 0x08];

    private readonly Stream _stream;
    private readonly bool _compressed;

    private FileWindow(string path, Stream stream, bool compressed)
    {
        Path = path;
        _stream = stream;
        _compressed = compressed;
    }

    public string Path { get; }

    /// <summary>The array under the window; replaced when the window slides or grows.</summary>
    public byte[] Array { get; private set; } = new byte[InitialBytes];

    /// <summary>Where the window begins in <see cref="Array"/>.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends in <see cref="Array"/>, exclusive.</summary>
    public int End { get; private set; }

    /// <summary>Where the window begins in the file's content.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the file holds nothing after the window.</summary>
    public bool Ended { get; private set; }

    public int Length => End - Start;

    public ReadOnlySpan<byte> Bytes => Array.AsSpan(Start, Length);

    public static FileWindow Open(string path)
    {
        try
        {
            bool compressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
            Stream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return new FileWindow(path, compressed ? new GZipStream(file, CompressionMode.Decompress) : file, compressed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"File '{path}' cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Lets go of the first <paramref name="count"/> bytes.</summary>
    public void Advance(int count)
    {
        Start += count;
        Position += count;
    }

    /// <summary>Reads on behind what the window holds, or finds that the file has ended.</summary>
    public async ValueTask FillAsync(CancellationToken cancellation)
    {
        MakeRoom();
        int room = Array.Length - End, read;
        try
        {
            // all of it, however little the stream gives at a time: the longer a record, the rarer it is looked at again
            read = await _stream.ReadAtLeastAsync(Array.AsMemory(End), room, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new SourceException($"File '{Path}' cannot be read behind byte {Position + Length}: {error.Message}", error);
        }

        End += read;
        Ended = read < room;
        if (Ended && _compressed)
            RefuseTruncated();
    }

    /// <summary>Moves an empty window to <paramref name="position"/>: a seek, or for compressed content reading up to there.</summary>
    public async ValueTask GoToAsync(long position, CancellationToken cancellation)
    {
        if (!_compressed)
        {
            if (_stream.Length < position)
                throw Shrunk(position, _stream.Length);
            _stream.Position = position;
            (Start, End, Position, Ended) = (0, 0, position, false);
            return;
        }

        while (Position < position)
        {
            if (Length == 0)
                await FillAsync(cancellation);
            if (Length == 0)
                throw Shrunk(position, Position);
            Advance((int)Math.Min(Length, position - Position));
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private SourceException Shrunk(long position, long length) =>
        new($"File '{Path}' holds {length} bytes, but {position} were read before: it was cut or replaced. Restore the file, or start the job anew.");

    /// <summary>The decompressor takes a file that was cut for one that has ended; the length that gzip keeps at the end tells.</summary>
    /// <remarks>Of several files packed behind each other the last one's length stands there, so they are told apart by a second header.</remarks>
    private void RefuseTruncated()
    {
        long length = Position + Length;
        using FileStream packed = File.OpenRead(Path);
        Span<byte> trailer = stackalloc byte[sizeof(uint)];
        bool whole = packed.Length == 0;
        if (packed.Length > MinGzipBytes)
        {
            packed.Position = packed.Length - trailer.Length;
            packed.ReadExactly(trailer);
            whole = BinaryPrimitives.ReadUInt32LittleEndian(trailer) == (uint)length || HasSecondHeader(packed);
        }

        if (!whole)
            throw new SourceException($"File '{Path}' is cut off: after {length} bytes of content it ends in the middle of the compressed data. Copy it again.");
    }

    private static bool HasSecondHeader(FileStream packed)
    {
        byte[] block = new byte[64 * 1024];
        packed.Position = 1;
        for (int kept = 0, read; (read = packed.Read(block.AsSpan(kept))) > 0;)
        {
            ReadOnlySpan<byte> bytes = block.AsSpan(0, kept + read);
            if (bytes.IndexOf(s_gzipHeader) >= 0)
                return true;
            kept = Math.Min(2, bytes.Length);
            bytes[^kept..].CopyTo(block);
        }

        return false;
    }

    private void MakeRoom()
    {
        if (Start == End)
            (Start, End) = (0, 0);
        else if (Start > 0 && End == Array.Length)
        {
            Array.AsSpan(Start, Length).CopyTo(Array);
            (Start, End) = (0, Length);
        }
        else if (End == Array.Length)
        {
            byte[] larger = new byte[Array.Length * 2];
            Array.AsSpan(0, End).CopyTo(larger);
            Array = larger;
        }
    }
}
