using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A file that others may write while it is read: it may grow, but what was read of it must stay as it was.</summary>
/// <remarks>
/// <para>Every read looks again at the bytes just before its own, so that a file that is cut and written anew, as logs are rotated by
/// copying, is noticed where the new content would have been taken for the continuation of
/// the old. At the end of the file its length is compared with the longest seen; and if it has changed since it was opened, or is small,
/// everything that was read is compared with what is there.</para>
/// <para>What the run before has read is known by its <see cref="FileTrace"/>, which is compared when the file is opened. Pipes and the
/// like, which cannot be read twice, are not watched.</para>
/// </remarks>
internal sealed class WatchedFile : IAsyncDisposable
{
    private const int TailBytes = 512;
    private const int CompareBytes = 256 * 1024;

    /// <summary>As much is compared at the end in any case: the times of files may be too coarse to tell of a change.</summary>
    private const long AlwaysCompared = 4 << 20;

    private readonly SafeFileHandle _handle;
    private readonly bool _isWatched;
    private readonly DateTime _writtenAt;
    private readonly long _limit;
    private readonly RunningTrace _trace;
    private readonly byte[] _tail = new byte[TailBytes];
    private readonly byte[] _tailNow = new byte[TailBytes];
    private int _tailLength;
    private long _longest;

    private WatchedFile(string path, SafeFileHandle handle, bool isWatched, FileTrace known, bool availableNow)
    {
        (Path, _handle, _isWatched, _trace) = (path, handle, isWatched, new RunningTrace(known));
        LengthAtOpen = _longest = isWatched ? RandomAccess.GetLength(handle) : 0;
        _writtenAt = isWatched ? File.GetLastWriteTimeUtc(handle) : default;
        _limit = availableNow && isWatched ? LengthAtOpen : long.MaxValue;
    }

    public string Path { get; }

    public long LengthAtOpen { get; }

    /// <summary>What was read so far, this run's and earlier ones' together.</summary>
    public FileTrace Trace => _isWatched ? _trace.Value : default;

    /// <summary>Whether it was longer than at the beginning when its end was last looked for.</summary>
    public bool HasGrown { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="known">What was read of it before; null: not known.</param>
    /// <param name="availableNow">Whether it ends where it ends now, even if it grows.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="SourceException">It cannot be opened, or is not the file that was read before.</exception>
    public static async ValueTask<WatchedFile> OpenAsync(string path, FileTrace? known, bool availableNow, CancellationToken cancellation)
    {
        SafeFileHandle handle;
        bool isWatched;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
            isWatched = HasLength(handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"File '{path}' cannot be opened: {error.Message}", error);
        }

        try
        {
            var file = new WatchedFile(path, handle, isWatched, known ?? default, availableNow);
            if (isWatched && known is { Length: > 0 } before)
                await file.CheckKnownAsync(before, cancellation);
            return file;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads from a position until the memory is full or the file has ended.</summary>
    /// <returns>How much was read; less than there is room for only at the end.</returns>
    /// <exception cref="SourceException">The file cannot be read, or what was read of it is no longer there.</exception>
    public async ValueTask<int> ReadAsync(long position, Memory<byte> memory, CancellationToken cancellation)
    {
        if (position > _trace.Length)
            await ReadUpToAsync(position, cancellation);
        int wanted = (int)Math.Min(memory.Length, Math.Max(0, _limit - position)),
            read = await FillAsync(position, memory[..wanted], cancellation);
        long fresh = position + read - _trace.Length;
        if (fresh > 0)
        {
            CheckTail();
            ReadOnlyMemory<byte> added = memory.Slice(read - (int)fresh, (int)fresh);
            _trace.Add(added.Span);
            Keep(added.Span);
        }

        if (read < memory.Length)
            await CheckEndAsync(cancellation);
        return read;
    }

    /// <summary>Whether there are so many bytes to be read.</summary>
    public async ValueTask<bool> HoldsAsync(long length, CancellationToken cancellation)
    {
        if (!_isWatched || length <= Math.Min(_limit, Math.Max(_longest, LengthAtOpen)))
            return true;
        long now = RandomAccess.GetLength(_handle);
        if (length <= Math.Min(_limit, now))
            return true;
        await CheckEndAsync(cancellation);
        return false;
    }

    /// <summary>The first bytes, or all if it is shorter; they do not count as read.</summary>
    public byte[] Beginning(int size)
    {
        byte[] bytes = new byte[Math.Min(size, LengthAtOpen)];
        int read = 0;
        for (int got; read < bytes.Length && (got = RandomAccess.Read(_handle, bytes.AsSpan(read), read)) > 0;)
            read += got;
        return bytes[..read];
    }

    public ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool HasLength(SafeFileHandle handle)
    {
        try
        {
            RandomAccess.GetLength(handle);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>What lies between is read, too, so that everything before the position is known to the next run.</summary>
    private async ValueTask ReadUpToAsync(long position, CancellationToken cancellation)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(CompareBytes);
        try
        {
            while (_trace.Length < position)
            {
                int wanted = (int)Math.Min(piece.Length, position - _trace.Length);
                if (await ReadAsync(_trace.Length, piece.AsMemory(0, wanted), cancellation) < wanted)
                    throw Cut(position, _trace.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async ValueTask<int> FillAsync(long position, Memory<byte> memory, CancellationToken cancellation)
    {
        int read = 0;
        try
        {
            while (read < memory.Length)
            {
                int got = await RandomAccess.ReadAsync(_handle, memory[read..], position + read, cancellation);
                if (got == 0)
                    break;
                read += got;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"File '{Path}' cannot be read behind byte {position + read}: {error.Message}", error);
        }

        return read;
    }

    /// <summary>After the read, not before it: a file that is changed between the two is noticed.</summary>
    private void CheckTail()
    {
        if (!_isWatched || _tailLength == 0)
            return;
        long from = _trace.Length - _tailLength;
        int length = RandomAccess.Read(_handle, _tailNow.AsSpan(0, _tailLength), from);
        if (!_tailNow.AsSpan(0, length).SequenceEqual(_tail.AsSpan(0, _tailLength)))
            throw length < _tailLength ? Cut(_trace.Length, RandomAccess.GetLength(_handle)) : Changed(from, _trace.Length);
    }

    private void Keep(ReadOnlySpan<byte> added)
    {
        if (added.Length >= TailBytes)
        {
            added[^TailBytes..].CopyTo(_tail);
            _tailLength = TailBytes;
            return;
        }

        int kept = Math.Min(_tailLength, TailBytes - added.Length);
        _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
        added.CopyTo(_tail.AsSpan(kept));
        _tailLength = kept + added.Length;
    }

    private async ValueTask CheckEndAsync(CancellationToken cancellation)
    {
        if (!_isWatched)
            return;
        long length = RandomAccess.GetLength(_handle);
        if (length == 0 && LengthAtOpen == 0)
            return;                                        // some files of the system have content and no length
        if (length < _longest || length < _trace.Length)
            throw Cut(Math.Max(_longest, _trace.Length), length);
        _longest = length;
        HasGrown = length > LengthAtOpen;
        long from = _trace.FirstBlock * FileTrace.BlockBytes;
        if (_trace.Length - from <= AlwaysCompared || HasGrown || File.GetLastWriteTimeUtc(_handle) != _writtenAt)
            await CompareAsync(from, cancellation);
    }

    /// <summary>Compares what this run has read with what is there.</summary>
    private async ValueTask CompareAsync(long from, CancellationToken cancellation)
    {
        for (long block = from / FileTrace.BlockBytes; from < _trace.Length; block++)
        {
            long to = Math.Min(_trace.Length, from + FileTrace.BlockBytes);
            if (await ChecksumAsync(from, to, cancellation) != _trace.ChecksumOf(block))
                throw Changed(from, to);
            from = to;
        }
    }

    private async ValueTask CheckKnownAsync(FileTrace known, CancellationToken cancellation)
    {
        if (LengthAtOpen < known.Length)
            throw Cut(known.Length, LengthAtOpen);
        foreach ((long from, long to, uint checksum) in known.Parts())
        {
            if (await ChecksumAsync(from, to, cancellation) != checksum)
                throw Replaced(from, to);
        }

        _tailLength = RandomAccess.Read(_handle, _tail.AsSpan(0, (int)Math.Min(TailBytes, known.Length)),
            Math.Max(0, known.Length - TailBytes));
    }

    private async ValueTask<uint> ChecksumAsync(long from, long to, CancellationToken cancellation)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(CompareBytes);
        try
        {
            uint checksum = 0;
            while (from < to)
            {
                int read = await FillAsync(from, piece.AsMemory(0, (int)Math.Min(piece.Length, to - from)), cancellation);
                if (read == 0)
                    throw Cut(to, from);
                checksum = Crc32C.Append(checksum, piece.AsSpan(0, read));
                from += read;
            }

            return checksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private SourceException Cut(long expected, long length) =>
        new($"File '{Path}' holds {length} bytes, but had {expected} that were read before or seen: it was cut or replaced. Restore the file, or start the job anew. " +
            "To rotate a log that is being read, rename it and begin a new one.")
        { IsLost = true };

    private SourceException Changed(long from, long to) =>
        new($"File '{Path}' was changed while it was read: bytes {from} to {to} are not those that were read. Files may grow, nothing else: restore the file, or start the job anew. " +
            "To rotate a log that is being read, rename it and begin a new one.")
        { IsLost = true };

    private SourceException Replaced(long from, long to) =>
        new($"File '{Path}' is not the one that was read before: bytes {from} to {to} are others now. Files may grow between runs, nothing else; restore the file, give the new one another name, or start the job anew.") { IsLost = true };
}
