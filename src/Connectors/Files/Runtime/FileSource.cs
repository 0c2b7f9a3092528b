namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Opens the files of a set, each as one partition, at an offset.</summary>
internal abstract class FileSource<T>(string format, string path, FileSet files) : Source<T>
{
    public override string Description => $"{format} file {path}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

    public override bool KnowsItsEnd => true;

    public override bool IsDoneAtItsEnd => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(files.Names());

    public override async ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        string file = files.PathOf(partition);
        FileWindow window = await FileWindow.OpenAsync(file, RecordFileReader<T>.TraceBefore(from), context.AvailableNow, cancellation);
        try
        {
            await RefuseOtherEncodingsAsync(window, cancellation);
            return await OpenAsync(window, file, from, cancellation);
        }
        catch
        {
            await window.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the reader; the window stands behind the byte order mark, if the file has one.</summary>
    protected abstract ValueTask<SourceReader<T>> OpenAsync(FileWindow window, string file, SourceOffset? from,
        CancellationToken cancellation);

    /// <summary>Goes to a stored offset and makes sure that a record can begin there.</summary>
    protected static async ValueTask GoToRecordAsync(FileWindow window, long offset, CancellationToken cancellation)
    {
        if (offset <= window.Position)
            return;
        await window.GoToAsync(offset - 1, cancellation);
        while (window.Length < 2 && window.HasMore)
            await window.FillAsync(cancellation);
        if (window.Length == 0)
            throw new SourceException(
                $"File '{window.Path}' holds less than the {offset} bytes that were read before: it was cut or replaced. " +
                "Restore the file, or start the job anew.")
            { IsLost = true };
        bool begins = window.Bytes[0] == '\n' || window.Length == 1 || window.Bytes[1] is (byte)'\r' or (byte)'\n';
        if (!begins)
            throw new SourceException(
                $"File '{window.Path}': no record begins at byte {offset}, where the last run stopped: the file was changed. " +
                "Files may grow between runs, nothing else; restore the file, or start the job anew.")
            { IsLost = true };
        window.Advance(1);
    }

    private static async ValueTask RefuseOtherEncodingsAsync(FileWindow window, CancellationToken cancellation)
    {
        while (window.Length < 3 && window.HasMore)
            await window.FillAsync(cancellation);
        if (window.Bytes is [0xEF, 0xBB, 0xBF, ..])
            window.Advance(3);
        else if (window.Bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new SourceException($"File '{window.Path}' is UTF-16 (its byte order mark says so); convert it to UTF-8.");
    }
}
