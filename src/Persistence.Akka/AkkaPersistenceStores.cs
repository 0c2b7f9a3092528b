using ActorStreams.Persistence.Akka.Journal;
using ActorStreams.Persistence.Akka.Settings;
using Akka.Actor;

namespace ActorStreams;

/// <summary>State of jobs in Akka.Persistence.</summary>
public static class AkkaPersistenceStores
{
    /// <summary>What a host does whose ActorSystem has a journal plugin and that was told nothing else: state of new jobs goes there.
    /// Without one, and for a job that began with its state beside its rows, it is the store itself that keeps it.</summary>
    internal static Store WithJournalOf(ActorSystem system, Store rows) => ShardPlugin.DefaultOf(system).Length == 0 ? rows
        : new AkkaPersistenceStore(system, rows, new AkkaPersistenceOptions(), leavesStateWhereItIs: true);

    extension(Store)
    {
        /// <summary>Keeps the state of operators in a journal plugin of Akka.Persistence, and everything else in another store.</summary>
        /// <remarks>
        /// Every shard of an operator is a persistent actor, <c>job/operator/shard</c>, whose events are what an epoch changed in it. They
        /// are written first, side by side, and mean nothing until the epoch's row is committed in <paramref name="rows"/>, in one
        /// transaction with tables and topics: that row decides, and events that it does not tell of are passed over when state is
        /// restored. Whoever was fenced there may still write to the journal, and changes nothing by it.
        /// </remarks>
        /// <param name="system">The ActorSystem whose plugin is used. It must outlive the store.</param>
        /// <param name="rows">Epochs, tables and topics. It is disposed of with the store.</param>
        /// <param name="options">Which plugin, and how long it may take; null: the system's default plugin.</param>
        /// <exception cref="PipelineException">The ActorSystem has no such plugin.</exception>
        public static Store AkkaPersistence(ActorSystem system, Store rows, AkkaPersistenceOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(system);
            ArgumentNullException.ThrowIfNull(rows);
            options ??= new AkkaPersistenceOptions();
            options.Check();
            return new AkkaPersistenceStore(system, rows, options);
        }
    }
}
