using ActorStreams.Core;
using ActorStreams.Core.Sources;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Opens Avro files, each as one partition; the offset is the number of a row.</summary>
internal sealed class AvroSource<T>(string path, AvroOptions options) : Source<T>
{
    private readonly FileSet _files = new(path, ".avro");

    public override string Description => $"Avro file {path}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool OpensAtAnyRow => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) => new(_files.Names());

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context, CancellationToken cancellation)
    {
        string file = _files.PathOf(partition);
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SourceException($"File '{file}' cannot be opened: {error.Message}", error);
        }

        try
        {
            AvroHeader header = AvroHeader.Read(stream, file);
            (Func<AvroInput, T> read, Action<AvroInput> skip) = AvroReaders.Of<T>(header.Schema);
            var reader = new AvroReader<T>(stream, file, header, read, skip, options.MaxBlockBytes);
            await reader.GoToAsync(from?.Value ?? 0, cancellation);
            return reader;
        }
        catch (SourceException error) when (!error.Message.Contains(file, StringComparison.Ordinal))
        {
            await stream.DisposeAsync();
            throw new SourceException($"File '{file}': {error.Message}", error);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Reads an Avro file, a block at a time.</summary>
internal sealed class AvroReader<T>(FileStream file, string path, AvroHeader header, Func<AvroInput, T> read, Action<AvroInput> skip, int maxBlockBytes) : SourceReader<T>
{
    /// <summary>The longest beginning of a block: two numbers.</summary>
    private const int MaxHeadBytes = 20;

    private readonly AvroInput _input = new();
    private readonly byte[] _head = new byte[MaxHeadBytes];
    private byte[] _stored = [];
    private byte[] _block = [];
    private long _next = header.Length;
    private long _row;
    private long _left;

    public override SourceOffset Offset => new(_row);

    /// <summary>Goes to a row: blocks before its own are not read.</summary>
    public async ValueTask GoToAsync(long row, CancellationToken cancellation)
    {
        while (_row < row)
        {
            (long count, long size, int headBytes)? head = await ReadHeadAsync(cancellation);
            if (head is not var (rows, bytes, length))
                throw new SourceException($"File '{path}' holds {_row} rows, less than the {row} that were read before: it was cut or replaced. Restore the file, or start the job anew.");
            if (_row + rows <= row)
            {
                _row += rows;
                _next += length + bytes + AvroHeader.MarkerBytes;
                continue;
            }

            await ReadBlockAsync(rows, bytes, length, cancellation);
            for (; _row < row; _row++, _left--)
                skip(_input);
        }
    }

    public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        while (!buffer.IsFull)
        {
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
            buffer.Add(read(_input), _row);
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
                skip(_input);
                (_row, _left) = (_row + 1, _left - 1);
            }
            catch (AvroDataException damage)
            {
                what = $"the block is damaged: {damage.Message} Its last {_left} rows are lost";
                (_row, _left) = (_row + _left, 0);
            }

            buffer.Reject("", new SourceException($"File '{path}', row {row}: {what}", error), row);
        }
    }

    /// <returns>Rows and bytes of the next block and the length of its head; null at the end of the file.</returns>
    private async ValueTask<(long Rows, long Bytes, int Length)?> ReadHeadAsync(CancellationToken cancellation)
    {
        file.Position = _next;
        int length = await file.ReadAtLeastAsync(_head, MaxHeadBytes, throwOnEndOfStream: false, cancellation);
        if (length == 0)
            return null;
        _input.Reset(_head, length);
        try
        {
            (long rows, long bytes) = (_input.ReadLong(), _input.ReadLong());
            if (rows < 0 || bytes < 0 || bytes > maxBlockBytes)
                throw new AvroDataException($"it claims {rows} rows in {bytes} bytes (at most {maxBlockBytes} are read: {nameof(AvroOptions)}.{nameof(AvroOptions.MaxBlockBytes)}).");
            return _next + (length - _input.Remaining) + bytes + AvroHeader.MarkerBytes <= file.Length
                ? (rows, bytes, length - _input.Remaining)
                : throw new AvroDataException("it is cut off.");
        }
        catch (AvroDataException error)
        {
            throw new SourceException($"File '{path}', byte {_next}: no whole block begins here: {error.Message} The file was damaged, cut, or is still being written.", error);
        }
    }

    private async ValueTask ReadBlockAsync(long rows, long bytes, int headBytes, CancellationToken cancellation)
    {
        int stored = (int)bytes + AvroHeader.MarkerBytes;
        if (_stored.Length < stored)
            _stored = new byte[stored];
        file.Position = _next + headBytes;
        await file.ReadExactlyAsync(_stored.AsMemory(0, stored), cancellation);
        if (!_stored.AsSpan((int)bytes, AvroHeader.MarkerBytes).SequenceEqual(header.Marker))
            throw new SourceException($"File '{path}', byte {_next}: the block does not end with the file's marker: the file is damaged.");
        if (header.Compression == AvroCompression.None)
        {
            _input.Reset(_stored, (int)bytes);
        }
        else
        {
            try
            {
                int length = AvroBlocks.Decompress(header.Compression, _stored.AsMemory(0, (int)bytes), ref _block, maxBlockBytes);
                _input.Reset(_block, length);
            }
            catch (AvroDataException error)
            {
                throw new SourceException($"File '{path}', byte {_next}: {error.Message}", error);
            }
        }

        _next += headBytes + stored;
        _left = rows;
    }
}
