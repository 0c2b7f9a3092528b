namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>What a simulation of several nodes does to a job, besides the faults of its store and its sinks.</summary>
internal enum NodeFault
{
    /// <summary>A process ends in the middle of a step; another one starts on its machine some time later.</summary>
    Kill,

    /// <summary>A process stands still for a moment.</summary>
    ShortPause,

    /// <summary>A process stands still for so long that the others believe it gone; then it goes on for a while, as a zombie.</summary>
    LongPause,

    /// <summary>No rows pass between two machines; connections break, or fall silent.</summary>
    CutLinks,

    /// <summary>No message of actors passes between two machines.</summary>
    CutMail,

    /// <summary>Both, and one of the two nodes is believed gone, though it goes on for a while.</summary>
    CutOff,

    /// <summary>Two nodes coordinate the job.</summary>
    TwoCoordinators,

    /// <summary>An instance is to be elsewhere.</summary>
    Move,

    /// <summary>An instance is asked for at a node that it is not on: both nodes have it for a while.</summary>
    HandedTwice,

    /// <summary>A node is believed gone that is not: it hears of it last.</summary>
    WronglyGone,

    /// <summary>The server of the store crashed: what was prepared and not committed is lost, and it is away for a while.</summary>
    StoreCrash,

    /// <summary>Something between two nodes lost a piece of a connection. TCP does not, but proxies and our own mistakes might.</summary>
    LostPiece,

    /// <summary>Something between two nodes sent a piece of a connection twice.</summary>
    PieceTwice,

    /// <summary>What a node has told the coordinator comes late: the node is believed gone, and the next attempt has begun.</summary>
    LateMail,

    /// <summary>What a broken connection still had under way comes by the one that took its place.</summary>
    OldConnection,

    /// <summary>A node leaves in order: its instances move, then it is gone.</summary>
    Leave,
}
