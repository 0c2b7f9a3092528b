namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Writes rows to a file, exactly once.</summary>
internal sealed class StagedFileSink<T>(string format, string path, RowFormat<T> rows, IfExists ifExists) : Sink<T>
{
    /// <summary>For tests: called before every step on files, by its name; throws to play a crash.</summary>
    internal Action<string>? BeforeStep { get; init; }

    /// <summary>For tests: how many bytes are appended at a time.</summary>
    internal int CopyBytes { get; init; } = 1 << 20;

    public override string Description => $"{format} file {path}";

    public override SinkGuarantee Guarantee => SinkGuarantee.TwoPhase;

    public override int MaxParallelism => 1;

    public override async ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        var file = new CommittedFile(path, BeforeStep, CopyBytes);
        try
        {
            file.Lock();
            long length = context.Handle is { } handle
                ? await RecoverAsync(file, StagedOutput.Decode(handle, path), cancellation)
                : Begin(file);
            file.DeleteOrphans();
            return new StagedFileWriter<T>(file, path, rows, context, length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new SinkException($"File '{path}' cannot be brought back to the last committed epoch: {error.Message}", error);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static async ValueTask<long> RecoverAsync(CommittedFile file, StagedOutput output, CancellationToken cancellation)
    {
        await file.ApplyAsync(output, verify: true, cancellation);
        return output.After;
    }

    /// <summary>The length that counts as committed before the first epoch.</summary>
    private long Begin(CommittedFile file) => (file.Length, ifExists) switch
    {
        (0, _) or (_, IfExists.Overwrite) => 0,
        (_, IfExists.Append) => file.Length,
        _ => throw new SinkException(
            $"File '{path}' holds {file.Length} bytes, but this job has not committed anything to it yet. Remove the file, or set " +
            $"{nameof(IfExists)} to {nameof(IfExists.Overwrite)} or {nameof(IfExists.Append)}."),
    };
}

/// <inheritdoc cref="StagedFileSink{T}"/>
internal sealed class StagedFileWriter<T> : SinkWriter<T>
{
    /// <summary>Rows are handed to the system in pieces of about this size.</summary>
    private const int FlushBytes = 256 * 1024;

    private readonly CommittedFile _file;
    private readonly string _path;
    private readonly RowBytes _bytes = new();
    private readonly IRowFormatter<T> _rows;
    private readonly long _generation;

    private FileStream? _staging;
    private string _stagingName = "";
    private long _stagings;
    private uint _checksum;
    private long _before;
    private long _staged;

    /// <summary>The last epoch that is in the file; after opening used by <see cref="CommitAsync"/> alone.</summary>
    private long _committed;

    public StagedFileWriter(CommittedFile file, string path, RowFormat<T> rows, SinkContext context, long length)
    {
        (_file, _path, _before, _generation, _committed) = (file, path, length, context.Generation, context.CommittedEpoch);
        _rows = length == 0 ? rows.Into(_bytes) : rows.IntoExisting(_bytes, path);
        if (length == 0)
            rows.WriteHeader(_bytes);                  // part of the first epoch's output
    }

    public override bool IsFull => _bytes.Count >= FlushBytes;

    public override void Write(in Chunk<T> chunk) => _rows.Write(chunk.Rows);

    public override async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_bytes.Count == 0)
            return;
        try
        {
            if (_staging is null)
            {
                _stagingName = _file.StagingName(_generation, ++_stagings);
                _staging = _file.Stage(_stagingName);
            }

            await _file.AppendAsync(_staging, _bytes.Written, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed("staged", error);
        }

        _checksum = Crc32C.Append(_checksum, _bytes.Written.Span);
        _staged += _bytes.Count;
        _bytes.Clear();
    }

    public override async ValueTask<PreparedOutput> PrepareAsync(long epoch, CancellationToken cancellation)
    {
        _rows.End();
        await FlushAsync(cancellation);
        try
        {
            if (_staging is not null)
                _file.Flush(_staging);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed("flushed", error);
        }

        var output = new StagedOutput(_before, _staged, _checksum, _stagingName);
        (_staging, _stagingName, _checksum, _before, _staged) = (null, "", 0, output.After, 0);
        return new PreparedOutput([], output.Encode());
    }

    public override async ValueTask CommitAsync(long epoch, byte[]? handle, CancellationToken cancellation)
    {
        if (handle is null || epoch <= _committed)
            return;
        try
        {
            await _file.ApplyAsync(StagedOutput.Decode(handle, _path), verify: false, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed("appended", error);
        }

        _committed = epoch;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_staging is not null)
            await _staging.DisposeAsync();
        _file.Dispose();
        await base.DisposeAsync();
    }

    private SinkException Failed(string what, Exception error) =>
        new($"Rows for file '{_path}' could not be {what}: {error.Message} They are not lost: once the cause is gone (a full disk?), the job goes on from the last committed epoch.", error);
}
