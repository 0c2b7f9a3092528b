namespace ActorStreams.Cluster.Links;

/// <summary>What a frame brings. The numbers are on the wire: none is ever given a second meaning.</summary>
internal enum FrameKind : byte
{
    /// <summary>No frame has it.</summary>
    None,

    /// <summary>The one who dials says who it is, and which versions it speaks; the first frame of a connection.</summary>
    Hello,

    /// <summary>The one who was dialled agrees, with the version that both will speak.</summary>
    Welcome,

    /// <summary>The one who was dialled does not agree, or cannot go on: a reason and a sentence. The connection ends.</summary>
    Refuse,

    /// <summary>The lanes that will be used, with the schemas of their rows.</summary>
    Lanes,

    /// <summary>How the rows of each schema are to be written: the lanes are open.</summary>
    Ready,

    /// <summary>Rows of a lane, with their event times and what else is carried.</summary>
    Batch,

    /// <summary>A lane's watermark.</summary>
    Watermark,

    /// <summary>A lane has no say in the watermark until its next batch or watermark.</summary>
    Idle,

    /// <summary>A lane's barrier.</summary>
    Barrier,

    /// <summary>The receiver of a lane has taken some messages, and as many may follow.</summary>
    Credit,

    /// <summary>Nothing has happened, and the one who says so is still there.</summary>
    Beat,

    /// <summary>Nothing more comes: the connection may be closed.</summary>
    End,
}
