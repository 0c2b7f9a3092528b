using ActorStreams.Core.Exchange;

namespace ActorStreams.Cluster.Links;

/// <summary>Gives links places to run in: actors, or what a simulation takes for such.</summary>
internal interface ILinkHost
{
    /// <summary>A place for one end of a link, or for the port; from any thread.</summary>
    /// <param name="name">What it is for.</param>
    /// <param name="receive">Takes in what the place is told, in its turns.</param>
    StagePlace Open(string name, Action<object> receive);

    /// <summary>The place is not needed any more.</summary>
    void Close(StagePlace place);
}
