using System.Text;
using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Stores that an earlier version has left half way are gone on with: the results are those of a run without a stop.</summary>
/// <remarks>
/// The files beside this one were made by the version of 2026-11-29. A format that changes is read in its old form as well, or refused
/// with an
/// error that says what to do: then the job moves to a spec of its own that expects this error. To add a job, write it with
/// <c>ACTORSTREAMS_WRITE_GOLDEN=1</c> into files of another name: these here must stay what an old version has written.
/// </remarks>
[Trait("Issue", "11")]
public abstract class GoldenSpec
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> s_expected = new(ReadExpected);

    public static TheoryData<string> Names => [.. GoldenJob.Every.Select(job => job.Name)];

    protected static bool IsWriting => Environment.GetEnvironmentVariable("ACTORSTREAMS_WRITE_GOLDEN") is { Length: > 0 };

    private protected static async Task GoesOnAsync(GoldenStore golden, string name)
    {
        GoldenJob job = Of(name);
        await using (Store store = golden.Fixture.Open())
            await job.SecondHalf(store);

        Assert.Equal(Expected(name), await golden.ResultsAsync(job));
    }

    private protected static GoldenJob Of(string name) => GoldenJob.Every.First(job => job.Name == name);

    private protected static string Expected(string name) => s_expected.Value[name];

    /// <summary><c># job</c>, and its lines after it.</summary>
    private static Dictionary<string, string> ReadExpected()
    {
        using var text = new StreamReader(GoldenStore.Resource("expected.txt"), Encoding.UTF8);
        return text.ReadToEnd().Split("# ", StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(part => part[..part.IndexOf('\n')], part => part[(part.IndexOf('\n') + 1)..].TrimEnd('\n'));
    }
}

public sealed class SqliteGoldenSpec : GoldenSpec
{
    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_that_an_earlier_version_has_left_is_gone_on_with(string name)
    {
        await using var golden = new SqliteGolden();
        golden.Unpack();
        await GoesOnAsync(golden, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_run_without_a_stop_gives_the_expected_results(string name)
    {
        GoldenJob job = Of(name);
        await using var fresh = new SqliteGolden();
        await using (Store store = fresh.Fixture.Open())
            await job.All(store);

        Assert.Equal(Expected(name), await fresh.ResultsAsync(job));
    }

    /// <summary>The first half is as replayable as the second: it can be made anew, into files of another name, when a job is
    /// added.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_store_of_this_version_is_gone_on_with(string name)
    {
        GoldenJob job = Of(name);
        await using var fresh = new SqliteGolden();
        await using (Store store = fresh.Fixture.Open())
            await job.FirstHalf(store);
        await using (Store store = fresh.Fixture.Open())
            await job.SecondHalf(store);

        Assert.Equal(Expected(name), await fresh.ResultsAsync(job));
    }

    [Fact]
    public async Task Golden_stores_are_written_on_demand()
    {
        if (!IsWriting)
            return;
        foreach (GoldenStore made in new GoldenStore[] { new SqliteGolden(), new PostgreSqlGolden() })
        {
            await using GoldenStore golden = made;
            await using (Store store = golden.Fixture.Open())
            {
                foreach (GoldenJob job in GoldenJob.Every)
                    await job.FirstHalf(store);
            }

            golden.Keep();
        }

        await WriteExpectedAsync();
    }

    private static async Task WriteExpectedAsync()
    {
        var text = new StringBuilder();
        foreach (GoldenJob job in GoldenJob.Every)
        {
            await using var fresh = new SqliteGolden();
            await using (Store store = fresh.Fixture.Open())
                await job.All(store);
            text.Append("# ").Append(job.Name).Append('\n').Append(await fresh.ResultsAsync(job)).Append('\n');
        }

        File.WriteAllText(GoldenStore.PathOf("expected.txt"), text.ToString());
    }
}

public sealed class PostgreSqlGoldenSpec : GoldenSpec
{
    /// <summary>Restored once: the jobs of one store do not see each other.</summary>
    private static readonly Lazy<PostgreSqlGolden> s_golden = new(() =>
    {
        var golden = new PostgreSqlGolden();
        golden.Unpack();
        return golden;
    });

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_schema_that_an_earlier_version_has_left_is_gone_on_with(string name) => GoesOnAsync(s_golden.Value, name);
}
