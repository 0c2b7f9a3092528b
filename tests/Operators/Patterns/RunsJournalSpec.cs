using ActorStreams.Authoring;
using ActorStreams.Core.Journal;
using ActorStreams.Core.Keys;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>Partial matches are journaled by what an epoch did to them, and read back as they were.</summary>
public sealed class RunsJournalSpec
{
    [Fact]
    public void Whatever_was_written_is_read_back_at_any_time()
    {
        for (int seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var pattern = RandomPattern.Of(random);
            var journal = new Journal(pattern.Build());
            long time = 0;
            for (int i = 0; i < 30; i++)
            {
                journal.Row(random.Next(2), new Letter("abcd"[random.Next(4)], i, time));
                time += random.Next(2);
                if (random.Next(3) == 0)
                    journal.EndEpoch(isSnapshot: random.Next(4) == 0);
                if (random.Next(8) == 0)
                    journal.Restart();
            }

            journal.EndEpoch(isSnapshot: false);
            Assert.True(journal.Text() == journal.Restored().Text(),
                $"Seed {seed}, {pattern}:{Environment.NewLine}{journal.Text()}{Environment.NewLine}{journal.Restored().Text()}");
        }
    }

    [Fact]
    public void An_epoch_that_touches_a_large_key_writes_what_it_touched()
    {
        var journal = new Journal(Pattern.Begin<Letter>("a", letter => letter.Is == 'a').FollowedBy("b", letter => letter.Is == 'b')
            .MaxPartialMatches(100_000));
        for (int i = 0; i < 3_000; i++)
            journal.Row(0, new Letter('a', i, i), advance: false);
        long whole = journal.EndEpoch(isSnapshot: false);

        journal.Row(0, new Letter('a', 3_000, 3_000));
        long touched = journal.EndEpoch(isSnapshot: false);

        Assert.InRange(whole, 3_000 * 10, 3_000 * 64);
        Assert.InRange(touched, 1, 256);
        Assert.Equal(journal.Text(), journal.Restored().Text());
    }

    /// <summary>Partial matches of a few keys with all that was ever written of them.</summary>
    private sealed class Journal
    {
        private readonly ShardRange _shards = new ShardMap(1).RangeOf(0, 1);
        private readonly Pattern<Letter> _pattern;
        private readonly List<JournalEvent> _written = [];
        private MatchStates<int, Letter> _states = null!;
        private Matcher<Letter> _matcher = null!;
        private long _epoch;

        public Journal(Pattern<Letter> pattern)
        {
            _pattern = pattern;
            Restart();
        }

        public void Row(int key, Letter letter, bool advance = true)
        {
            ulong hash = KeyHash<int>.Stable(key);
            int slot = _states.Map.Find(key, hash);
            KeyRuns runs = slot < 0 ? KeyRuns.None : _states.Map.At(slot).State;
            bool isChanged = advance && _matcher.Expire(ref runs, letter.Time);
            if (!(isChanged | _matcher.OnRow(ref runs, letter, letter.Time, -1)))
                return;
            if (runs.IsEmpty)
            {
                _states.Map.Remove(key, hash);
                return;
            }

            _states.Map.Reserve(1);
            _states.Map.Touch(key, hash) = runs;
        }

        public long EndEpoch(bool isSnapshot)
        {
            var writer = new ShardBlobWriter();
            _states.BeginJournal();
            if (isSnapshot)
                _written.Clear();
            writer.Begin(_written, "op", 0, ++_epoch, isSnapshot);
            writer.BeginSection(_states.Name, 1);
            if (isSnapshot)
                _states.WriteSnapshot(0, writer);
            else
                _states.WriteChanges(0, writer);
            writer.EndSection();
            long bytes = writer.End();
            _states.EndJournal();
            return bytes;
        }

        public void Restart()
        {
            if (_states is not null)
                EndEpoch(isSnapshot: false);
            Automaton<Letter> automaton = PatternCompiler<Letter>.Compile(_pattern.Shape);
            _states = new MatchStates<int, Letter>(automaton, _shards, withPositions: false);
            foreach (JournalEvent one in _written)
                ShardBlob.Read("test", one,
                    (string _, string _, ref BlobReader records) => _states.Restore(0, one.IsSnapshot, ref records, _states.Schema));
            _matcher = new Matcher<Letter>(automaton, _states.Buffer, new Nothing()) { NextNumber = _states.NextNumber };
            for (int slot = 0; slot < _states.Map.SlotCount; slot++)
            {
                if (_states.Map.IsLive(_states.Map.At(slot)))
                    _matcher.FindDeadline(ref _states.Map.At(slot).State);
            }
        }

        public Journal Restored()
        {
            var other = new Journal(_pattern);
            other._written.AddRange(_written);
            other._states = null!;
            other.Restart();
            return other;
        }

        public string Text() => string.Join(Environment.NewLine, Enumerable.Range(0, 2).Select(Text));

        private string Text(int key)
        {
            int slot = _states.Map.Find(key, KeyHash<int>.Stable(key));
            return slot < 0 ? "-"
                : $"{Chain(_states.Map.At(slot).State.First)} | {Chain(_states.Map.At(slot).State.FirstComplete)} {_states.Buffer.Events} {_states.Buffer.Nodes}";
        }

        private string Chain(int first)
        {
            var text = new System.Text.StringBuilder();
            for (int at = first; at >= 0; at = _states.Buffer.Run(at).Next)
            {
                Run run = _states.Buffer.Run(at);
                var events = MatchedEvents<Letter>.Of(_states.Buffer, run.Node, withPositions: false);
                text.Append(run.State).Append(':').AppendJoin(',', events.Rows.Zip(events.At, (row, at) => (row, at.Stage))).Append('/')
                    .Append(_states.Buffer.Event(run.First).Number).Append(' ');
            }

            return text.ToString();
        }
    }

    private sealed class Nothing : IMatchOutput
    {
        public void OnMatch(int node, long time)
        {
        }

        public void OnTimedOut(int node, int waitedFor, long deadline)
        {
        }
    }
}
