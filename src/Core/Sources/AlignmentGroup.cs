using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>Partitions that wait for each other: none is read while it is too far ahead of the slowest.</summary>
/// <remarks>
/// Members belong to several actors, so there is a lock, taken twice a read. The slowest member is never held, and one that has nothing to
/// read stops counting after a while; so somebody always goes on, and wakes those that wait. Where members are on several nodes, each is
/// told of the others' after every quarter of the drift that is allowed: nobody runs further ahead than that, some wait a little earlier.
/// </remarks>
internal sealed class AlignmentGroup : SharedGroup
{
    /// <summary>How long a partition may be silent, where no idleness is set, before it holds nobody back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const byte CountsKind = 1, DoesNotCountKind = 2;

    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];

    public Member Join(Inbox inbox, long maxDrift)
    {
        lock (_lock)
        {
            var member = new Member(this, _members.Count, inbox, maxDrift);
            _members.Add(member);
            return member;
        }
    }

    public override void Take(SharedNews news)
    {
        lock (_lock)
            _members[news.Member].Set(news.Kind == CountsKind, news.First);
    }

    private long Slowest()
    {
        long slowest = EventTime.MaxValue;
        foreach (Member member in _members)
        {
            if (member.Counts)
                slowest = Math.Min(slowest, member.Position);
        }

        return slowest;
    }

    internal sealed class Member(AlignmentGroup group, int number, Inbox inbox, long maxDrift)
    {
        private bool _isHeld;
        private long _told = EventTime.MinValue;

        public bool Counts { get; private set; } = true;

        public long Position { get; private set; } = EventTime.MinValue;

        /// <summary>Says where the partition stands, and wakes those that need not wait for it any longer.</summary>
        /// <remarks>One that did not count and wants to counts once nobody would have to wait for it: what it brings until then is late
        /// anyway.</remarks>
        public void Tell(bool counts, long position)
        {
            lock (group._lock)
            {
                if (counts && !Counts)
                    counts = group.Slowest() is var others
                        && (others == EventTime.MaxValue || EventTime.AddSaturated(position, maxDrift) >= others);
                if (counts == Counts && position == Position)
                    return;
                if (counts != Counts || position >= EventTime.AddSaturated(_told, maxDrift / 4))
                {
                    _told = position;
                    group.Tell(number, counts ? CountsKind : DoesNotCountKind, position);
                }

                Set(counts, position);
            }
        }

        /// <summary>Under the lock.</summary>
        public void Set(bool counts, long position)
        {
            (Counts, Position) = (counts, position);
            long slowest = group.Slowest();
            foreach (Member member in group._members)
            {
                if (member._isHeld && member.MayPass(slowest))
                    member.Wake();
            }
        }

        /// <summary>Whether the partition may be read now; if not, its actor is woken when it may.</summary>
        public bool MayRead()
        {
            lock (group._lock)
                return !(_isHeld = !MayPass(group.Slowest()));
        }

        private bool MayPass(long slowest) => Position <= EventTime.AddSaturated(slowest, maxDrift);

        private void Wake()
        {
            _isHeld = false;
            inbox.Wake();
        }
    }
}
