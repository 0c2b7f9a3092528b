namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>The bytes of a file from a position on: a window that slides forward and grows only for a long record.</summary>
/// <remarks>Positions count bytes of the content: of a <c>.gz</c> file, the decompressed bytes.</remarks>
internal sealed class FileWindow : IAsyncDisposable
{
    private const int InitialBytes = 256 * 1024;

    private readonly WatchedFile _file;
    private readonly GzipMembers? _members;
    private readonly RunningTrace? _content;
    private readonly bool _availableNow;
    private readonly bool _isAsItWas;
    private FileTrace _known;

    private FileWindow(WatchedFile file, bool isCompressed, FileTrace known, bool availableNow)
    {
        (_file, _known, _availableNow) = (file, known, availableNow);
        _isAsItWas = isCompressed || known.Length == file.LengthAtOpen;
        if (isCompressed)
            (_members, _content) = (new GzipMembers(file), new RunningTrace());
    }

    public string Path => _file.Path;

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

    /// <summary>Whether the window ends in the middle of a record that is still being written, whose end is for the next run.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether there is more to be read than the window holds.</summary>
    public bool HasMore => !Ended && !IsCut;

    public int Length => End - Start;

    public ReadOnlySpan<byte> Bytes => Array.AsSpan(Start, Length);

    /// <summary>The content that was read so far, to know it again.</summary>
    public FileTrace Trace => _content?.Value ?? _file.Trace;

    /// <summary>Opens a file at its beginning.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="known">The content that was read before; null: not known.</param>
    /// <param name="availableNow">Whether it ends where it ends now, even if it grows.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="SourceException">It cannot be opened, or is not the file that was read before.</exception>
    public static async ValueTask<FileWindow> OpenAsync(string path, FileTrace? known, bool availableNow, CancellationToken cancellation)
    {
        bool isCompressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        WatchedFile file = await WatchedFile.OpenAsync(path, isCompressed ? null : known, availableNow && !isCompressed, cancellation);
        return new FileWindow(file, isCompressed, known ?? default, availableNow);
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

        // all of it, however little there is at a time: the longer a record, the rarer it is looked at again
        int room = Array.Length - End, read = 0;
        if (_members is null)
        {
            read = await _file.ReadAsync(Position + Length, Array.AsMemory(End, room), cancellation);
        }
        else
        {
            for (int got; read < room
                && (got = await _members.ReadAsync(Array.AsMemory(End + read, room - read), cancellation)) > 0; read += got)
                Note(Array.AsSpan(End + read, got));
        }

        End += read;
        if (read < room)
            NoteEnd();
    }

    /// <summary>Moves an empty window to <paramref name="position"/>: a seek, or for compressed content reading up to there.</summary>
    public async ValueTask GoToAsync(long position, CancellationToken cancellation)
    {
        if (_members is null)
        {
            if (_file.LengthAtOpen < position)
                throw Shrunk(position, _file.LengthAtOpen);
            (Start, End, Position, Ended, IsCut) = (0, 0, position, false, false);
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

        while (HasMore && _known.Length > 0)
            await FillAsync(cancellation);         // as far as the last run had read: only then it is known that the content is the same
        if (_known.Length > 0)
            throw Shrunk(_known.Length, Position + Length);
    }

    public ValueTask DisposeAsync()
    {
        _members?.Dispose();
        return _file.DisposeAsync();
    }

    /// <summary>Compares decompressed content with what the last run read.</summary>
    private void Note(ReadOnlySpan<byte> content)
    {
        long left = _known.Length - _content!.Length;
        if (_known.Length == 0 || left > content.Length)
        {
            _content.Add(content);
            return;
        }

        _content.Add(content[..(int)left]);
        if (_content.Value != _known)
        {
            throw new SourceException(
                $"File '{Path}' is not the one that was read before: its first {_known.Length} bytes of content are others now. Files may grow between runs, nothing else; " +
                "restore the file, give the new one another name, or start the job anew.")
            { IsLost = true };
        }

        _known = default;
        _content.Add(content[(int)left..]);
    }

    /// <summary>A last record without a line feed is one, but not while the file grows. If there will be another run, that one sees
    /// whether it does.</summary>
    private void NoteEnd()
    {
        bool isOpen = Length > 0 && Array[End - 1] != (byte)'\n' && (_availableNow ? !_isAsItWas || _file.HasGrown : _file.HasGrown);
        if (isOpen && !_availableNow)
        {
            throw new SourceException(
                $"File '{Path}' grew while it was read, and its last record, at byte {Position + Length}, has no end yet: it is still being written. Start the job again once that is done, " +
                $"or with {nameof(JobOptions)}.{nameof(JobOptions.AvailableNow)}, which leaves such a record to the next run.");
        }

        (Ended, IsCut) = (!isOpen, isOpen);
    }

    private SourceException Shrunk(long position, long length) =>
        new($"File '{Path}' holds {length} bytes, but {position} were read before: it was cut or replaced. Restore the file, or start the job anew.") { IsLost = true };

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
