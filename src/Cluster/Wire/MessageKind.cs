namespace ActorStreams.Cluster.Wire;

/// <summary>The first byte of a message between nodes. Numbers stay as they are: two builds may run together.</summary>
internal enum MessageKind : byte
{
    ClaimInstance = 1,
    InstanceClaimed = 2,
    InstanceMoving = 3,
    MoveInstance = 4,
    OpenAttempt = 5,
    RunAttempt = 6,
    EndAttempt = 7,
    AttemptOpened = 8,
    AttemptFailed = 9,
    AttemptEnded = 10,
    Barrier = 11,
    Committed = 12,
    Pause = 13,
    Drain = 14,
    InstanceReported = 15,
    InstanceSourceEnded = 16,
    InstanceCommitTaken = 17,
    EpochWanted = 18,
    JobAsked = 19,
    JobState = 20,
    StopJob = 21,
    HandOver = 22,
    SharedChanged = 23,
    AttemptTick = 24,
    AttemptTicked = 25,
    SharedTick = 26,
    SaveJob = 40,
    JobSaved = 41,
    AttemptWaits = 42,
    CommitJob = 43,
    JobCommitted = 44,
    DrainJob = 45,
    FiguresTold = 46,
    NoticeRaised = 47,
    NoticeTold = 48,

    // Entities.
    EntityAsked = 50,
    EntityAnswered = 51,
    EntitiesWaiting = 52,
    EntitiesUnknown = 53,
    EntityGiven = 54,
    EntityReplied = 55,

    // Views.
    ViewAsked = 60,
    ViewAnswered = 61,

    // Ingresses.
    IngressHello = 70,
    IngressRead = 71,
    IngressGiven = 72,
    IngressEnded = 73,
    IngressWaiting = 74,
    IngressMissing = 75,
}
