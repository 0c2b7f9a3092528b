using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Sources;

/// <summary>What the actors of one source know of each other: whether all its partitions are idle, since when, and where the watermark
/// stood.</summary>
internal sealed class SourceSilence
{
    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];

    public Member Join(Inbox inbox)
    {
        var member = new Member(this, inbox);
        lock (_lock)
            _members.Add(member);
        return member;
    }

    internal sealed class Member(SourceSilence source, Inbox inbox)
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
                (_isSilent, _since, _watermark) = (true, since, watermark);
                WakeOthers();
            }
        }

        /// <summary>A partition of the actor gives rows again.</summary>
        public void OnActive()
        {
            lock (source._lock)
                _isSilent = false;
        }

        /// <summary>All of the actor's partitions have ended.</summary>
        public void OnEnded()
        {
            lock (source._lock)
            {
                _isEnded = true;
                WakeOthers();
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
}
