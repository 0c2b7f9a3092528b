namespace ActorStreams.TestKit.Tests;

public sealed class SimulatedDiskSpec
{
    [Fact]
    public void What_was_synchronised_survives_every_crash_and_the_rest_survives_in_whole_frames()
    {
        var kept = new HashSet<int>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            var disk = new SimulatedDisk();
            disk.Append([1, 1, 1]);
            disk.Append([2, 2]);
            disk.Sync();
            disk.Append([3, 3, 3, 3]);
            disk.Append([4]);

            disk.Crash(new SimulationRandom(seed));

            byte[][] frames = [.. disk.Recover().Select(frame => frame.ToArray())];
            Assert.True(frames.Length is >= 2 and <= 4);
            byte[][] written = [[1, 1, 1], [2, 2], [3, 3, 3, 3], [4]];
            Assert.Equal(written.Take(frames.Length), frames);
            kept.Add(frames.Length);
        }

        Assert.Equal(3, kept.Count);
    }

    [Fact]
    public void After_a_torn_frame_the_log_goes_on_where_the_last_whole_one_ended()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var disk = new SimulatedDisk();
            disk.Append(new byte[100]);
            disk.Crash(new SimulationRandom(seed));
            int before = disk.Recover().Count();

            disk.Append([7]);
            disk.Sync();

            Assert.Equal(before + 1, disk.Recover().Count());
        }
    }
}
