using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>The content of a gzip file: that of all its members, each held to the length and the checksum that stand behind it.</summary>
/// <remarks>
/// <para>The decompressor of .NET takes a file that was cut for one that has ended, and what follows a member for nothing. So members are
/// told apart here. Where one ends the decompressor does not say: it is where its
/// checksum and length stand, in the piece of input that it took last.</para>
/// <para>A file that was cut exactly between two members is whole, to anyone. Unless bgzip wrote it, whose files end with an empty
/// member.</para>
/// </remarks>
/// <seealso href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952: the gzip file format.</seealso>
/// <seealso href="https://samtools.github.io/hts-specs/SAMv1.pdf">SAM, section 4.1: BGZF and its marker of the end.</seealso>
internal sealed class GzipMembers(WatchedFile file) : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int MaxHeaderBytes = 128 * 1024;
    private const int TrailerBytes = 8;

    /// <summary>Content is given in pieces of at most this size, so that the input for one is there.</summary>
    private const int PieceBytes = 64 * 1024;
    private const int InputBytes = 96 * 1024;

    private readonly Input _input = new();
    private readonly Crc32 _checksum = new();
    private DeflateStream? _member;
    private uint _length;
    private long _members;
    private bool _isBlock;
    private long _memberAt;

    /// <summary>Reads on.</summary>
    /// <returns>How much; 0 at the end.</returns>
    /// <exception cref="SourceException">The file is cut off, damaged, or holds something else behind its members.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> content, CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_member is null && !await BeginAsync(cancellation))
                return 0;
            await _input.FillAsync(file, InputBytes, cancellation);
            int read = Decompress(content.Span[..Math.Min(content.Length, PieceBytes)]);
            if (read > 0)
                return read;
            if (_input.IsDry && !_input.HasEnded)
                continue;                                  // input that gives nothing, and more than there was
            await EndAsync(cancellation);
        }
    }

    public void Dispose() => _member?.Dispose();

    private int Decompress(Span<byte> content)
    {
        try
        {
            _input.IsDry = false;
            int read = _member!.Read(content);
            _checksum.Append(content[..read]);
            _length += (uint)read;
            return read;
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error.Message, error);
        }
    }

    /// <returns>False at the end of the file.</returns>
    private async ValueTask<bool> BeginAsync(CancellationToken cancellation)
    {
        await _input.FillAsync(file, MaxHeaderBytes, cancellation);
        if (_input.Unread.IsEmpty && _members > 0)
        {
            return !_isBlock || _length == 0
                ? false
                : throw CutOff("the empty member is missing with which bgzip ends a file");
        }

        _memberAt = _input.Position;
        int header = HeaderLength(_input.Unread);
        _input.Take(header);
        _member = new DeflateStream(_input, CompressionMode.Decompress, leaveOpen: true);
        _checksum.Reset();
        _length = 0;
        _members++;
        return true;
    }

    private int HeaderLength(ReadOnlySpan<byte> bytes)
    {
        const int headerCrc = 2, extra = 4, name = 8, comment = 16;
        ReadOnlySpan<byte> magic = [0x1F, 0x8B, 0x08];
        if (!bytes[..Math.Min(bytes.Length, magic.Length)].SequenceEqual(magic[..Math.Min(bytes.Length, magic.Length)]))
        {
            throw _members == 0
                ? new SourceException($"File '{file.Path}' is no gzip file, though its name says so: it does not begin with 1F 8B 08.")
                : new SourceException(
                    $"File '{file.Path}', byte {_memberAt}: behind {_members} whole gzip members stands something else. The file is damaged, or was cut and written over. Copy it again.");
        }

        if (bytes.Length < 10)
            throw bytes.IsEmpty
                ? new SourceException($"File '{file.Path}' is empty: not even the header of a gzip file is there. Copy it again.")
                : CutOff("the header of a member is not whole");
        int flags = bytes[3], at = 10;
        if ((flags & 0xE0) != 0)
            throw Damaged("the header of a member is none");
        _isBlock = false;
        if ((flags & extra) != 0 && at + 2 <= bytes.Length)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            _isBlock = at + 2 + length <= bytes.Length && IsBlock(bytes.Slice(at + 2, length));
            at += 2 + length;
        }

        at = (flags & name) == 0 ? at : BehindZero(bytes, at);
        at = (flags & comment) == 0 ? at : BehindZero(bytes, at);
        int sum = at;
        at += (flags & headerCrc) == 0 ? 0 : 2;
        if (at >= bytes.Length)
            throw _input.HasEnded ? CutOff("the header of a member is not whole") : Damaged("the header of a member is larger than any");
        return (flags & headerCrc) == 0 || BinaryPrimitives.ReadUInt16LittleEndian(bytes[sum..]) == (ushort)Crc32.HashToUInt32(bytes[..sum])
            ? at
            : throw Damaged("the checksum of a member's header is wrong");
    }

    private static int BehindZero(ReadOnlySpan<byte> bytes, int at)
    {
        int length = at < bytes.Length ? bytes[at..].IndexOf((byte)0) : -1;
        return length < 0 ? bytes.Length : at + length + 1;
    }

    /// <summary>Whether a subfield says that the member is a block of bgzip's.</summary>
    private static bool IsBlock(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (extra[0] == 'B' && extra[1] == 'C' && length == 2)
                return true;
            extra = extra[Math.Min(extra.Length, 4 + length)..];
        }

        return false;
    }

    /// <summary>The decompressor gives nothing any more: the member must be whole.</summary>
    private async ValueTask EndAsync(CancellationToken cancellation)
    {
        await _input.FillAsync(file, TrailerBytes, cancellation);
        byte[] trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), _length);
        if (!_input.TryGoBehind(trailer, isEmpty: _length == 0))
            throw CutOff("the data, or the checksum and length behind them, are not whole");
        _member!.Dispose();
        _member = null;
    }

    private SourceException CutOff(string what) =>
        new($"File '{file.Path}' is cut off or damaged: {what}, in the member that begins at byte {_memberAt}. Copy it again.");

    private SourceException Damaged(string what, Exception? inner = null) =>
        new($"File '{file.Path}' is damaged: {what.TrimEnd('.')}, in the member that begins at byte {_memberAt}. Copy it again.", inner);

    /// <summary>The packed bytes, in the pieces in which the decompressor takes them.</summary>
    private sealed class Input : Stream
    {
        private readonly byte[] _bytes = new byte[BufferBytes];
        private int _at;
        private int _end;
        private long _read;

        /// <summary>Where the last two pieces begin that were taken: the member that they end ends in one of them.</summary>
        private int _lastPiece;
        private int _pieceBefore;

        /// <summary>The decompressor wanted more than there is.</summary>
        public bool IsDry { get; set; }

        public bool HasEnded { get; private set; }

        public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_at, _end - _at);

        /// <summary>Where the unread bytes begin in the file.</summary>
        public override long Position
        {
            get => _read - (_end - _at);
            set => throw new NotSupportedException();
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        /// <summary>Sees to it that so many bytes are unread, unless the file ends.</summary>
        public async ValueTask FillAsync(WatchedFile file, int wanted, CancellationToken cancellation)
        {
            if (HasEnded || _end - _at >= wanted)
                return;
            int kept = _pieceBefore;
            _bytes.AsSpan(kept, _end - kept).CopyTo(_bytes);
            (_at, _end, _lastPiece, _pieceBefore) = (_at - kept, _end - kept, _lastPiece - kept, 0);
            int got = await file.ReadAsync(_read, _bytes.AsMemory(_end), cancellation);
            HasEnded = got < _bytes.Length - _end;
            _end += got;
            _read += got;
        }

        public void Take(int count)
        {
            _at += count;
            _lastPiece = _pieceBefore = _at;
        }

        /// <summary>Goes to the place behind these bytes, if they stand where the last piece ended or within the last two.</summary>
        /// <param name="trailer">Checksum and length.</param>
        /// <param name="isEmpty">Whether they are those of no content: eight zeros, which the zero that usually ends the data before them
        /// would make nine.</param>
        public bool TryGoBehind(ReadOnlySpan<byte> trailer, bool isEmpty)
        {
            int from = _pieceBefore + (isEmpty ? EmptyLength(_bytes.AsSpan(_pieceBefore, _at - _pieceBefore)) : 0);
            int to = Math.Min(_end, _at + trailer.Length), found = _bytes.AsSpan(from, to - from).IndexOf(trailer);
            if (found < 0)
                return false;
            _at = from + found + trailer.Length;
            _lastPiece = _pieceBefore = _at;
            return true;
        }

        /// <summary>The length of compressed data without content, as far as they have the usual forms: blocks that are stored, or end as
        /// they begin; 0 if they have others.</summary>
        /// <seealso href="https://www.rfc-editor.org/rfc/rfc1951">RFC 1951, section 3.2: blocks.</seealso>
        private static int EmptyLength(ReadOnlySpan<byte> data)
        {
            for (int bit = 0; bit + 10 <= data.Length * 8;)
            {
                bool isLast = IsSet(data, bit);
                (bool low, bool high) = (IsSet(data, bit + 1), IsSet(data, bit + 2));
                if (high)
                    return 0;
                // seven zeros end a block with fixed codes; two lengths of 16 bits stand in a stored one
                bit = low ? bit + 10 : ((bit + 3 + 7) & ~7) + 32;
                if (isLast)
                    return Math.Min(data.Length, (bit + 7) / 8);
            }

            return 0;
        }

        private static bool IsSet(ReadOnlySpan<byte> data, int bit) => (data[bit / 8] & (1 << (bit % 8))) != 0;

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            IsDry = count == 0;
            if (count == 0)
                return 0;
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            (_pieceBefore, _lastPiece) = (_lastPiece, _at);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
