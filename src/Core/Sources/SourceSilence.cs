using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>What the actors of one source know of each other: whether all its partitions are idle, since when, and where the watermark
/// stood.</summary>
/// <param name="clock">The job's clock, by which other nodes are told for how long somebody has been silent: their clocks count from
/// another
/// beginning.</param>
internal sealed class SourceSilence(TimeProvider clock) : SharedGroup
{
    private const byte SilentKind = 1, ActiveKind = 2, EndedKind = 3;

    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];

    public Member Join(Inbox inbox)
    {
        lock (_lock)
        {
            var member = new Member(this, _members.Count, inbox);
            _members.Add(member);
            return member;
        }
    }

    public override void Take(SharedNews news)
    {
        lock (_lock)
            _members[news.Member].Take(news.Kind, SourceClockwork.Now(clock) - news.First, news.Second);
    }

    internal sealed class Member(SourceSilence source, int number, Inbox inbox)
    {
        private bool _isSilent;
        private bool _isEnded;
        private long _since = EventTime.MinValue;
        private long _watermark = EventTime.MinValue;

        /// <summary>All of the actor's partitions that have not ended are idle.</summary>
        /// <param name="since">When the last of them fell silent.</param>
        /// <param name="watermark">The furthest they or the actor had come.</param>
        public void OnSilent(long since, long watermark)
        {
            lock (source._lock)
            {
                if (!_isSilent || since != _since || watermark != _watermark)
                    source.Tell(number, SilentKind, SourceClockwork.Now(source.Clock) - since, watermark);
                Take(SilentKind, since, watermark);
            }
        }

        /// <summary>A partition of the actor gives rows again.</summary>
        public void OnActive()
        {
            lock (source._lock)
            {
                if (_isSilent)
                    source.Tell(number, ActiveKind);
                _isSilent = false;
            }
        }

        /// <summary>All of the actor's partitions have ended.</summary>
        public void OnEnded()
        {
            lock (source._lock)
            {
                if (!_isEnded)
                    source.Tell(number, EndedKind);
                Take(EndedKind, _since, _watermark);
            }
        }

        /// <summary>Whether every partition of the source that has not ended is idle.</summary>
        public bool IsAllSilent(out long since, out long watermark)
        {
            (since, watermark) = (EventTime.MinValue, EventTime.MinValue);
            lock (source._lock)
            {
                foreach (Member member in source._members)
                {
                    if (member._isEnded)
                        continue;
                    if (!member._isSilent)
                        return false;
                    (since, watermark) = (Math.Max(since, member._since), Math.Max(watermark, member._watermark));
                }
            }

            return watermark != EventTime.MinValue;
        }

        /// <summary>Under the lock.</summary>
        public void Take(byte kind, long since, long watermark)
        {
            switch (kind)
            {
                case SilentKind:
                    (_isSilent, _since, _watermark) = (true, since, watermark);
                    break;
                case ActiveKind:
                    _isSilent = false;
                    return;
                default:
                    _isEnded = true;
                    break;
            }

            WakeOthers();
        }

        /// <summary>They may be silent as well, and wait for nothing but the clock from now on.</summary>
        private void WakeOthers()
        {
            foreach (Member member in source._members)
            {
                if (member != this)
                    member.Wake();
            }
        }

        private void Wake() => inbox.Wake();
    }

    private TimeProvider Clock => clock;
}
