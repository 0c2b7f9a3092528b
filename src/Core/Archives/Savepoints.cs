using ActorStreams.Core.Archives;
using ActorStreams.Core.Storage;

namespace ActorStreams;

/// <summary>The savepoints that a store keeps of a pipeline.</summary>
/// <remarks>A job takes one by <see cref="Job.SaveAsync"/>, and starts from one by <see cref="JobOptions.RestartFromSavepoint"/>.</remarks>
public static class Savepoints
{
    /// <summary>All of them, by name.</summary>
    /// <param name="store">The store that keeps them.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<IReadOnlyList<Savepoint>> ListAsync(Store store, string pipeline, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(pipeline);
        if (await store.OpenReaderAsync(SavepointDirectory.ArchiveOf(pipeline), cancellation) is not { } archive)
            return [];
        await using (archive)
        {
            SavepointDirectory directory = SavepointDirectory.Decode(await archive.LastEpochAsync(cancellation), pipeline);
            return [.. directory.Savepoints.Select(one => one.Value.Of(one.Key, pipeline))];
        }
    }

    /// <summary>Deletes one; its bytes are removed by the store, now or later.</summary>
    /// <param name="store">The store that keeps it.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="name">The savepoint's name.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="FencedException">Another savepoint is taken or deleted at the same time.</exception>
    public static async Task<bool> DeleteAsync(Store store, string pipeline, string name, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if ((await ListAsync(store, pipeline, cancellation)).All(one => one.Name != name))
            return false;
        await using JobJournal archive = await store.OpenAsync(SavepointDirectory.ArchiveOf(pipeline), cancellation);
        SavepointWriter writer = await SavepointWriter.OpenAsync(archive, pipeline, new JobOptions().Clock, cancellation);
        if (!writer.Directory.Savepoints.ContainsKey(name))
            return false;
        await writer.DeleteAsync(name, cancellation);
        return true;
    }

    /// <summary>Refuses what is no name.</summary>
    internal static void CheckName(string name)
    {
        if (name is not { Length: >= 1 and <= 64 } || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw new ArgumentException(
                $"'{name}' is no name of a savepoint: 1 to 64 letters, digits, '-', '_' and '.', such as 'before-2.0'.", nameof(name));
        }
    }

    /// <summary>Takes a savepoint of a job's epoch.</summary>
    internal static async Task<Savepoint> TakeAsync(Store store, string pipeline, string name, TimeProvider clock, JobReader job,
        EpochRecord record, CancellationToken cancellation)
    {
        await using JobJournal archive = await store.OpenAsync(SavepointDirectory.ArchiveOf(pipeline), cancellation);
        SavepointWriter writer = await SavepointWriter.OpenAsync(archive, pipeline, clock, cancellation);
        if (writer.Directory.Savepoints.ContainsKey(name))
            throw Exists(store, pipeline, name);
        return (await writer.WriteAsync(name, job, record, cancellation)).Of(name, pipeline);
    }

    internal static StoreException Exists(Store store, string pipeline, string name) => new(
        $"{store.Description} has a savepoint '{name}' of pipeline '{pipeline}' already. Give this one another name, or delete the other " +
        $"({nameof(Savepoints)}.{nameof(DeleteAsync)}).");

    /// <summary>Opens a savepoint on another node than that which decided to start from it.</summary>
    /// <param name="store">The store that keeps it.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="id">The savepoint, as the manifest of what follows it names it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">It is not there any more, or the node has another store.</exception>
    internal static async ValueTask<(SavepointReader Reader, Manifest Manifest)> OpenAgainAsync(Store store, string pipeline, string id,
        CancellationToken cancellation)
    {
        string name = id[..id.IndexOf('@', StringComparison.Ordinal)];
        (SavepointReader reader, Manifest manifest) = (await OpenAsync(store, pipeline, name, restoredFrom: null, cancellation))!.Value;
        if (manifest.RestoredFrom == id)
            return (reader, manifest);
        await reader.DisposeAsync();
        throw new StoreException($"{store.Description}: the savepoint '{name}' of pipeline '{pipeline}' is another one than that which the " +
            $"coordinator restores. Does {nameof(JobOptions)}.{nameof(JobOptions.SavepointStore)} lead to the same store on all nodes?");
    }

    /// <summary>Opens a savepoint to start from.</summary>
    /// <param name="store">The store that keeps it.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="name">The savepoint's name.</param>
    /// <param name="restoredFrom">The savepoint that the job was restored from before; null: none.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Null if the job was restored from it before: it goes on.</returns>
    /// <exception cref="StoreException">There is no such savepoint.</exception>
    internal static async ValueTask<(SavepointReader Reader, Manifest Manifest)?> OpenAsync(Store store, string pipeline, string name,
        string? restoredFrom, CancellationToken cancellation)
    {
        JobReader? archive = await store.OpenReaderAsync(SavepointDirectory.ArchiveOf(pipeline), cancellation);
        try
        {
            EpochRecord? last = archive is null ? null : await archive.LastEpochAsync(cancellation);
            SavepointDirectory directory = SavepointDirectory.Decode(last, pipeline);
            if (!directory.Savepoints.TryGetValue(name, out SavepointEntry? entry))
            {
                if (restoredFrom?.StartsWith($"{name}@", StringComparison.Ordinal) == true)
                    return null;   // it was deleted since
                string known = directory.Savepoints.Count == 0 ? "it has none" : $"it has {string.Join(", ", directory.Savepoints.Keys.Select(one => $"'{one}'"))}";
                throw new StoreException($"{store.Description} has no savepoint '{name}' of pipeline '{pipeline}'; {known}. " +
                    $"{nameof(JobOptions)}.{nameof(JobOptions.SavepointStore)} says where savepoints are.");
            }

            if (restoredFrom == entry.Id(name))
                return null;
            byte[] bytes = await SavepointReader.ManifestBytesAsync(archive!, name, last!.Epoch, cancellation);
            Manifest manifest = Manifest.Decode(bytes, pipeline, entry.Epoch) with { RestoredFrom = entry.Id(name) };
            var reader = new SavepointReader(archive!, name, last.Epoch, new EpochRecord(entry.Epoch, 0, entry.CommittedAt, bytes));
            archive = null;
            return (reader, manifest);
        }
        finally
        {
            if (archive is not null)
                await archive.DisposeAsync();
        }
    }
}
