using ActorStreams.Core.Jobs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.State;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Sql.Jobs;

/// <summary>The definitions of a job: a table of its own, kept and committed as every other.</summary>
internal sealed class StoredDefinitions
{
    private const string Source = "sql-definitions", Folded = "sql-definitions-by-name", Kept = "sql-definitions-kept";

    private Ingress<Change<SqlDefinition>> _ingress = new();

    /// <summary>Adds it to a pipeline.</summary>
    public void AddTo(Pipeline pipeline)
    {
        _ingress = new Ingress<Change<SqlDefinition>>();
        pipeline.Read(Source, _ingress).ToTable(Folded, static definition => definition.Name).Materialize(Kept);
    }

    /// <summary>Stores what was added, and forgets what was dropped.</summary>
    public Task TellAsync(IReadOnlyList<Change<SqlDefinition>> changes) => _ingress.TellNowAsync(changes);

    /// <summary>No statement will come.</summary>
    public void Complete() => _ingress.Complete();

    /// <summary>What is stored of a job, in the order in which it was defined, and the job's last epoch.</summary>
    public static async Task<(IReadOnlyList<SqlDefinition> Definitions, long Epoch)> ReadAsync(
        Store store, string job, CancellationToken cancellation)
    {
        JobReader? opened = await store.OpenReaderAsync(job, cancellation);
        if (opened is null)
            return ([], 0);
        await using JobReader reader = opened;
        if (await reader.LastEpochAsync(cancellation) is not { } last)
            return ([], 0);
        StoredEntities<string, SqlDefinition> read = await StoredStates.ReadAsync(reader, job,
            static range => new StoredEntities<string, SqlDefinition>(range, "row"), Kept, last.Epoch,
            static shards => new ShardRange(0, shards.Count, shards), cancellation);
        StateMap<string, SqlDefinition> map = read.States.Map;
        var definitions = new List<SqlDefinition>();
        foreach (int slot in map.Live)
            definitions.Add(map.At(slot).State);
        return ([.. definitions.OrderBy(static one => one.Order)], last.Epoch);
    }
}
