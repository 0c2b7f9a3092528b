using ActorStreams.Actors.Systems;
using ActorStreams.Actors.Turns;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Streams;

namespace ActorStreams.Connectors.AkkaStreams.Bridges;

/// <summary>Where the Akka.Streams graphs of one reader or writer run: below the job's actor, on its dispatcher. Outside of a job, as in a
/// test of a source alone, in the ActorSystem of jobs that were given none.</summary>
/// <remarks>Each has a materializer of its own, whose end stops what is left of its graphs and nothing else.</remarks>
internal sealed class StreamPlace : IDisposable
{
    private readonly bool _isOutside;

    private StreamPlace(ActorMaterializer materializer, bool isOutside) => (Materializer, _isOutside) = (materializer, isOutside);

    public ActorMaterializer Materializer { get; }

    /// <summary>Called in a turn of the job's, before anything is awaited.</summary>
    public static StreamPlace Open()
    {
        if (TaskScheduler.Current is not TurnScheduler || InternalCurrentActorCellKeeper.Current is not { } job)
        {
            ActorSystem local = LocalSystem.Join();
            return new StreamPlace(ActorMaterializer.Create(local, SettingsOf(local)), isOutside: true);
        }

        ActorMaterializerSettings settings = SettingsOf(job.System);
        return new StreamPlace(ActorMaterializer.Create(job, settings.WithDispatcher(job.Props.Dispatcher)), isOutside: false);
    }

    public void Dispose()
    {
        Materializer.Shutdown();
        if (_isOutside)
            LocalSystem.Leave();
    }

    private static ActorMaterializerSettings SettingsOf(ActorSystem system) => system.Materializer().Settings;
}
