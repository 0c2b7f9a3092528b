namespace ActorStreams.Actors.Jobs;

/// <summary>The store of one job whose user named none: an SQLite file in the folder that the options name.</summary>
internal sealed class DefaultStore(Store file, string path) : Store
{
    public override string Description => file.Description;

    public override string Durability => file.Durability;

    /// <summary>Topics connect jobs, and this file belongs to one: what is written here nobody else would find.</summary>
    public override TopicLog Topics => throw new NotSupportedException(
        "No store was named, so this job has a file of its own, in which no other job would find a topic. Name one store for all of them: Job.StartAsync(pipeline, Store.Sqlite(path)).");

    public override ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        // Only now: a pipeline that is refused leaves nothing behind.
        string folder = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"Pipeline '{job}': no store was named, and the folder '{folder}' for its state cannot be made: {error.Message} " +
                $"Give another folder ({nameof(JobOptions)}.{nameof(JobOptions.StateFolder)}), name a store, or use Store.Volatile to keep nothing.", inner: error);
        }

        return file.OpenAsync(job, cancellation);
    }

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        file.OpenReaderAsync(job, cancellation);

    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await base.DisposeAsync();
    }
}
