namespace ActorStreams.Persistence.Shared;

/// <summary>Lets tests fail the Nth step of a commit or an open: told each step right before it is taken, and once after the commit; may
/// throw.</summary>
internal interface IStoreFaults
{
    void Reach(string step);
}
