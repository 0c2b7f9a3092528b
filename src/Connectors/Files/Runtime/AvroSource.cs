using System.Buffers.Binary;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Opens Avro files, each as one partition; the offset is the number of a row.</summary>
internal sealed class AvroSource<T>(string path, AvroOptions options) : Source<T>
{
    private readonly FileSet _files = new(path, ".avro");

    public override string Description => $"Avro file {path}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool OpensAtAnyRow => true;

    public override bool KnowsItsEnd => true;

    public override bool IsDoneAtItsEnd => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(_files.Names());

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        string file = _files.PathOf(partition);
        AvroPlace? place = AvroPlace.Of(from);
        WatchedFile stream = await WatchedFile.OpenAsync(file, place?.Trace, context.AvailableNow, cancellation);
        try
        {
            AvroHeader header = AvroHeader.Read(stream.Beginning, stream.LengthAtOpen, file);
            (Func<AvroInput, T> read, Action<AvroInput> skip) = AvroReaders.Of<T>(header.Schema);
            var reader = new AvroReader<T>(stream, header, read, skip, options, context.AvailableNow);
            await reader.GoToAsync(place ?? new AvroPlace(header.Length, 0, default), from?.Value ?? 0, cancellation);
            return reader;
        }
        catch (SourceException error) when (!error.Message.Contains(file, StringComparison.Ordinal))
        {
            await stream.DisposeAsync();
            throw new SourceException($"File '{file}': {error.Message}", error) { IsLost = error.IsLost };
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Where a block begins, what the number of its first row is, and what was read of the file.</summary>
internal readonly record struct AvroPlace(long Byte, long Row, FileTrace Trace)
{
    private const int EncodedBytes = (2 * sizeof(long)) + FileTrace.EncodedBytes;

    public static AvroPlace? Of(SourceOffset? offset) => offset?.State is { Length: EncodedBytes } state
        ? new AvroPlace(BinaryPrimitives.ReadInt64LittleEndian(state), BinaryPrimitives.ReadInt64LittleEndian(state.AsSpan(8)),
            FileTrace.Decode(state.AsSpan(16)))
        : null;

    public byte[] Encode()
    {
        byte[] state = new byte[EncodedBytes];
        BinaryPrimitives.WriteInt64LittleEndian(state, Byte);
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(8), Row);
        Trace.Encode(state.AsSpan(16));
        return state;
    }
}

/// <summary>Reads an Avro file, a block at a time.</summary>
internal sealed class AvroReader<T>(WatchedFile file, AvroHeader header, Func<AvroInput, T> read, Action<AvroInput> skip,
    AvroOptions options, bool availableNow) : SourceReader<T>
{
    /// <summary>The longest beginning of a block: two numbers.</summary>
    private const int MaxHeadBytes = 20;

    /// <summary>Offsets have as many bits.</summary>
    private const long MaxRows = 1L << 48;

    private const int RowsBetweenLooks = 1024;

    private readonly AvroInput _input = new(options.MaxDepth, options.MaxRowValues, options.MaxEmptyValues);
    private readonly byte[] _head = new byte[MaxHeadBytes];
    private readonly string _path = file.Path;
    private byte[] _stored = [];
    private byte[] _block = [];
    private long _next = header.Length;
    private long _row;
    private long _left;
    private AvroPlace _place;

    public override SourceOffset Offset =>
        new(_row, (_left == 0 ? new AvroPlace(_next, _row, file.Trace) : _place with { Trace = file.Trace }).Encode());

    /// <summary>Goes to a row: blocks before its own are not decompressed.</summary>
    public async ValueTask GoToAsync(AvroPlace place, long row, CancellationToken cancellation)
    {
        (_next, _row) = (place.Byte, place.Row);
        while (_row < row)
        {
            (long count, long size, int headBytes)? head = await ReadHeadAsync(cancellation);
            if (head is not var (rows, bytes, length))
                throw new SourceException(
                    $"File '{_path}' holds {_row} rows, less than the {row} that were read before: it was cut or replaced. Restore the file, or start the job anew.")
                { IsLost = true };
            if (_row + rows <= row)
            {
                _row += rows;
                _next += length + bytes + AvroHeader.MarkerBytes;
                continue;
            }

            await ReadBlockAsync(rows, bytes, length, cancellation);
            for (; _row < row; _row++, _left--)
            {
                if (_row % RowsBetweenLooks == 0)
                    cancellation.ThrowIfCancellationRequested();
                SkipRow();
            }
        }
    }

    public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        long values = 0;
        while (!buffer.IsFull)
        {
            if (values >= options.MaxRowValues)
                return true;                           // rows can be large, and a job can be stopped between two reads
            if (_left == 0)
            {
                if (buffer.Count + buffer.Rejected.Count > 0)
                    return true;                       // what is there first: the next block may take a while
                if (await ReadHeadAsync(cancellation) is not var (rows, bytes, length))
                    return false;
                await ReadBlockAsync(rows, bytes, length, cancellation);
                continue;
            }

            ReadRow(buffer);
            values += _input.Values;
        }

        return true;
    }

    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await base.DisposeAsync();
    }

    private void ReadRow(SourceBuffer<T> buffer)
    {
        int start = _input.Place;
        try
        {
            _input.BeginRow(isKept: true);
            T made = read(_input);
            _input.EndRow();
            buffer.Add(made, _row);
            (_row, _left) = (_row + 1, _left - 1);
        }
        catch (Exception error)
        {
            long row = _row;
            string what = error is AvroDataException ? error.Message : $"{error.GetType().Name}: {error.Message}";
            try
            {
                // Well formed, but no row of ours: the next one is found by its schema.
                _input.GoTo(start);
                SkipRow();
                (_row, _left) = (_row + 1, _left - 1);
            }
            catch (AvroDataException damage)
            {
                _input.EndRow();
                what = $"the block is damaged: {damage.Message} Its last {_left} rows are lost";
                (_row, _left) = (_row + _left, 0);
            }

            buffer.Reject("", new SourceException($"File '{_path}', row {row}: {what}", error), row);
        }
    }

    private void SkipRow()
    {
        _input.BeginRow(isKept: false);
        skip(_input);
        _input.EndRow();
    }

    /// <returns>Rows and bytes of the next block and the length of its head; null at the end of the file, or of what is to be read of
    /// it.</returns>
    private async ValueTask<(long Rows, long Bytes, int Length)?> ReadHeadAsync(CancellationToken cancellation)
    {
        int length = await file.ReadAsync(_next, _head, cancellation);
        if (length == 0)
            return null;
        _input.Reset(_head, length);
        bool isWhole = length == MaxHeadBytes;
        try
        {
            (long rows, long bytes) = (_input.ReadLong(), _input.ReadLong());
            isWhole = true;
            if (rows < 0 || rows > MaxRows || bytes < 0 || bytes > options.MaxBlockBytes)
                throw new AvroDataException(
                    $"it claims {rows} rows in {bytes} bytes (at most {options.MaxBlockBytes} are read: {nameof(AvroOptions)}.{nameof(AvroOptions.MaxBlockBytes)}).");
            int head = length - _input.Remaining;
            isWhole = await file.HoldsAsync(_next + head + bytes + AvroHeader.MarkerBytes, cancellation);
            return isWhole ? (rows, bytes, head) : availableNow && file.HasGrown ? null : throw new AvroDataException("it is cut off.");
        }
        catch (AvroDataException) when (!isWhole && availableNow && file.HasGrown)
        {
            return null;                                   // still being written: it is for the next run
        }
        catch (AvroDataException error)
        {
            throw new SourceException(
                $"File '{_path}', byte {_next}: no whole block begins here: {error.Message} The file was damaged, cut, or is still being written.", error);
        }
    }

    private async ValueTask ReadBlockAsync(long rows, long bytes, int headBytes, CancellationToken cancellation)
    {
        int stored = (int)bytes + AvroHeader.MarkerBytes;
        if (_stored.Length < stored)
            _stored = new byte[stored];
        if (await file.ReadAsync(_next + headBytes, _stored.AsMemory(0, stored), cancellation) < stored)
            throw new SourceException($"File '{_path}', byte {_next}: the block that begins here is cut off.");
        if (!_stored.AsSpan((int)bytes, AvroHeader.MarkerBytes).SequenceEqual(header.Marker))
            throw new SourceException($"File '{_path}', byte {_next}: the block does not end with the file's marker: the file is damaged.");
        try
        {
            bool isPlain = header.Compression == AvroCompression.None;
            int length = isPlain ? (int)bytes
                : AvroBlocks.Decompress(header.Compression, _stored.AsMemory(0, (int)bytes), ref _block, options.MaxBlockBytes);
            _input.Reset(isPlain ? _stored : _block, length);
            _input.CheckRows(rows, header.Schema.MinBytes);
        }
        catch (AvroDataException error)
        {
            throw new SourceException($"File '{_path}', byte {_next}: {error.Message}", error);
        }

        _place = new AvroPlace(_next, _row, default);
        _next += headBytes + stored;
        _left = rows;
    }
}
