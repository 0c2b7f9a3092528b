using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>The open windows of a key are kept in the order of time, whatever opens and expires.</summary>
public sealed class KeyWindowsSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_opens_and_goes_each_window_is_found_at_its_place(int seed)
    {
        var random = new Random(seed);
        KeyWindows<long, long> windows = default;
        SortedList<(long Start, long End), long> expected = [];
        for (int step = 0; step < 20_000; step++)
        {
            // Rising and falling, so that it is empty at times; starts that move on, as those of real windows do.
            bool opens = random.Next(100) < (step / 500 % 2 == 0 ? 70 : 25);
            long start = (step / 20) + random.Next(40);
            var window = new Window(start, start + 1 + random.Next(3));
            if (opens && !expected.ContainsKey((window.Start, window.End)))
            {
                int index = windows.From(window);
                windows.Insert(index, window);
                windows.At(index).Accumulator = step;
                expected.Add((window.Start, window.End), step);
            }
            else if (!opens && expected.Count > 0)
            {
                int index = random.Next(3) switch { 0 => 0, 1 => expected.Count - 1, _ => random.Next(expected.Count) };
                windows.RemoveAt(index);
                expected.RemoveAt(index);
            }

            Assert.Equal(expected.Count, windows.Count);
            for (int i = 0; i < expected.Count; i++)
            {
                Assert.Equal(expected.GetKeyAtIndex(i), (windows.At(i).Start, windows.At(i).End));
                Assert.Equal(expected.GetValueAtIndex(i), windows.At(i).Accumulator);
                Assert.Equal(i, windows.Find(windows.At(i).Window));
            }

            Assert.Equal(expected.IndexOfKey((window.Start, window.End)), windows.Find(window));
            Assert.Equal(expected.Keys.Count(key => new Window(key.Start, key.End).IsBefore(window)), windows.From(window));
        }
    }
}
