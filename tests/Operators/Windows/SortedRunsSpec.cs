using ActorStreams.Operators.Windows.Running;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Keys in the order of their hashes: found beside others that are in that order, however many hashes are equal.</summary>
public sealed class SortedRunsSpec
{
    private const int Keys = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(100_000)]
    public void What_is_put_in_and_taken_out_many_at_a_time_is_what_is_found(int distinctHashes)
    {
        var random = new Random(distinctHashes);
        var runs = new SortedRuns<string, int>();
        var model = new Dictionary<string, int>();
        for (int round = 0; round < 200; round++)
        {
            List<Keyed> asked = [.. Enumerable.Range(0, random.Next(0, Keys)).Select(_ => random.Next(Keys)).Distinct()
                .Select(key => new Keyed($"{key}", HashOf(key, distinctHashes)))
                .OrderBy(key => key.Hash)];
            PaneEntry<string, long>[] entries = [.. asked.Select(key => new PaneEntry<string, long>(key.Key, 0))];
            ulong[] hashes = [.. asked.Select(key => key.Hash)];
            int[] found = new int[entries.Length];

            (int missing, _) = runs.Locate(entries, hashes, found);

            Assert.Equal(asked.Count(key => !model.ContainsKey(key.Key)), missing);
            for (int i = 0; i < found.Length; i++)
            {
                Assert.Equal(found[i], runs.Find(asked[i].Key, asked[i].Hash) is >= 0 and int at ? at : found[i]);
                Assert.Equal(model.TryGetValue(asked[i].Key, out int value), found[i] >= 0);
                if (found[i] >= 0)
                    Assert.Equal((asked[i].Key, value), (runs.Entries[found[i]].Key, runs.Entries[found[i]].Run));
            }

            if (random.Next(2) == 0)
                PutIn(runs, model, asked, found, round);
            else
                TakeOut(runs, model, asked, found);
            Assert.Equal(model.OrderBy(pair => pair.Key), Present(runs).OrderBy(pair => pair.Key));
            Assert.True(IsInOrder(runs));
        }
    }

    private static void PutIn(SortedRuns<string, int> runs, Dictionary<string, int> model, List<Keyed> asked, int[] found, int round)
    {
        var added = new List<SortedRuns<string, int>.Entry>();
        var places = new List<int>();
        for (int i = 0; i < asked.Count; i++)
        {
            if (found[i] >= 0)
                continue;
            added.Add(new(asked[i].Hash, asked[i].Key, round));
            places.Add(~found[i]);
            model.Add(asked[i].Key, round);
        }

        runs.Insert(added.ToArray(), places.ToArray());
    }

    private static void TakeOut(SortedRuns<string, int> runs, Dictionary<string, int> model, List<Keyed> asked, int[] found)
    {
        int[] places = [.. found.Where(at => at >= 0).Order()];
        foreach (Keyed key in asked)
            model.Remove(key.Key);
        if (places.Length > 0)
            runs.Remove(places);
    }

    private static List<KeyValuePair<string, int>> Present(SortedRuns<string, int> runs)
    {
        var present = new List<KeyValuePair<string, int>>();
        foreach (SortedRuns<string, int>.Entry entry in runs.Entries)
            present.Add(KeyValuePair.Create(entry.Key, entry.Run));
        return present;
    }

    private static bool IsInOrder(SortedRuns<string, int> runs)
    {
        for (int at = 1; at < runs.Count; at++)
        {
            if (runs.Entries[at - 1].Hash > runs.Entries[at].Hash)
                return false;
        }

        return true;
    }

    /// <summary>Few hashes, the largest one among them.</summary>
    private static ulong HashOf(int key, int distinctHashes) => key % distinctHashes == 0 ? ulong.MaxValue
        : (ulong)(key % distinctHashes) * 0x0100_0000_0000_0001;

    private readonly record struct Keyed(string Key, ulong Hash);
}
