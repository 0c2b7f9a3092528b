namespace ActorStreams.Core.Sources;

/// <summary>Something that instances of a run know of each other has changed on one node, and is to be known on the others.</summary>
/// <param name="Group">What they share, by the order in which the run was built.</param>
/// <param name="Member">Whose state it is, by the order in which members joined.</param>
/// <param name="Kind">What has become of it; its meaning is the group's.</param>
/// <param name="First">A number, if the kind has one.</param>
/// <param name="Second">Another one.</param>
internal readonly record struct SharedNews(int Group, int Member, byte Kind, long First = 0, long Second = 0);

/// <summary>Something that instances share, and that is told to the other nodes of a run that has some.</summary>
internal abstract class SharedGroup
{
    private Action<SharedNews>? _tell;
    private int _group;

    /// <summary>Has changes told from now on.</summary>
    public void TellBy(int group, Action<SharedNews> tell) => (_group, _tell) = (group, tell);

    /// <summary>Takes in what another node has told.</summary>
    public abstract void Take(SharedNews news);

    /// <summary>A member of this node has changed.</summary>
    protected void Tell(int member, byte kind, long first = 0, long second = 0) =>
        _tell?.Invoke(new SharedNews(_group, member, kind, first, second));
}
