namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>A file that shows committed epochs only, and the staging files beside it.</summary>
/// <remarks>
/// An epoch's life on disk: 1. its rows go to a staging file; 2. at the barrier that file and the folder are flushed; 3. the store commits
/// the handle; 4. the file is cut to its length before the epoch, the staged bytes are appended and flushed; 5. the staging file is
/// deleted. After a crash between 3 and 5, 4 and 5 are done again from the handle; before 3 the staging file is an orphan.
/// </remarks>
internal sealed class CommittedFile(string path, Action<string>? beforeStep, int copyBytes) : IDisposable
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
    private readonly string _prefix = $".{Path.GetFileName(path)}.";
    private FileStream? _lock;

    /// <summary>The length of the file, as far as it is known to be flushed.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the lock that keeps an earlier run, not quite dead, from writing. Held until disposal, or the end of the
    /// process.</summary>
    public void Lock()
    {
        string file = Path.Combine(_folder, _prefix + "lock");
        try
        {
            Step("lock");
            _lock = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SinkException(
                $"File '{path}' cannot be locked for writing ('{file}'): {error.Message} Another job or an earlier run may still write to it, " +
                "or the folder does not exist or is not writable.", error);
        }

        Length = File.Exists(path) ? new FileInfo(path).Length : 0;
    }

    /// <summary>A new staging file.</summary>
    public FileStream Stage(string name)
    {
        Step("create staging");
        return new FileStream(Path.Combine(_folder, name), FileMode.Create, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous);
    }

    public string StagingName(long generation, long number) => $"{_prefix}{generation}-{number}.staging";

    public async ValueTask AppendAsync(FileStream staging, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        Step("write staging");
        await staging.WriteAsync(bytes, cancellation);
    }

    /// <summary>Makes a staging file survive anything.</summary>
    public void Flush(FileStream staging)
    {
        Step("flush staging");
        staging.Flush(flushToDisk: true);
        staging.Dispose();
        Step("flush folder after staging");
        FolderSync.Flush(_folder);
    }

    /// <summary>Makes the file what it is after the epoch; once or any number of times.</summary>
    public async ValueTask ApplyAsync(StagedOutput output, bool verify, CancellationToken cancellation)
    {
        string staging = Path.Combine(_folder, output.StagingName);
        bool staged = output.Added > 0 && File.Exists(staging);
        if (Length < (staged ? output.Before : output.After))
            throw new SinkException(
                $"File '{path}' has {Length} bytes, but {(staged ? output.Before : output.After)} are committed: it was cut, replaced or moved. " +
                "Restore it, or start the job anew with an empty store.");
        if (!staged && verify && output.Added > 0)
            await VerifyAsync(path, output.Before, output, cancellation);       // applied before; make sure that it is still so
        else if (staged && verify)
            await VerifyAsync(staging, 0, output, cancellation);

        if (!staged && Length == output.After)
            return;
        bool created = !File.Exists(path);
        Step("open");
        await using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1, FileOptions.Asynchronous))
        {
            Step("cut");
            file.SetLength(staged ? output.Before : output.After);
            if (staged)
                await CopyAsync(staging, file, cancellation);
            Step("flush");
            file.Flush(flushToDisk: true);
        }

        if (created)
        {
            Step("flush folder");
            FolderSync.Flush(_folder);
        }

        Length = output.After;
        if (staged)
        {
            Step("delete staging");
            File.Delete(staging);
        }
    }

    /// <summary>Deletes what epochs left behind that were never committed.</summary>
    public void DeleteOrphans()
    {
        foreach (string orphan in Directory.GetFiles(_folder, _prefix + "*.staging").Where(IsOurs))
        {
            Step("delete orphan");
            File.Delete(orphan);
        }
    }

    /// <summary>Files may share a prefix: <c>.results.csv.1-1.staging</c> does not belong to <c>results</c>.</summary>
    private bool IsOurs(string staging) =>
        Path.GetFileName(staging.AsSpan())[_prefix.Length..^".staging".Length].IndexOfAnyExcept("0123456789-") < 0;

    public void Dispose()
    {
        // the lock file stays: to delete it would race with the next run, which may have it open already
        _lock?.Dispose();
    }

    private async ValueTask CopyAsync(string staging, FileStream file, CancellationToken cancellation)
    {
        await using var source = new FileStream(staging, FileMode.Open, FileAccess.Read, FileShare.Read, 1,
            FileOptions.Asynchronous | FileOptions.SequentialScan);
        file.Seek(0, SeekOrigin.End);
        byte[] block = new byte[Math.Min(copyBytes, source.Length)];
        for (int read; (read = await source.ReadAsync(block, cancellation)) > 0;)
        {
            Step("append");
            await file.WriteAsync(block.AsMemory(0, read), cancellation);
        }
    }

    private async ValueTask VerifyAsync(string from, long start, StagedOutput output, CancellationToken cancellation)
    {
        uint checksum = 0;
        await using var file = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1,
            FileOptions.Asynchronous | FileOptions.SequentialScan);
        file.Position = start;
        byte[] block = new byte[64 * 1024];
        long left = output.Added;
        for (int read; left > 0
            && (read = await file.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), cancellation)) > 0; left -= read)
            checksum = Crc32C.Append(checksum, block.AsSpan(0, read));
        if (left > 0 || checksum != output.Checksum)
            throw new SinkException(
                $"File '{from}' does not hold the bytes that the last epoch committed to '{path}': its checksum differs. It was changed or is damaged; " +
                "restore it, or start the job anew with an empty store.");
    }

    private void Step(string step) => beforeStep?.Invoke(step);
}
