namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>Jobs move between the stores of ActorStreams and Akka.Persistence by savepoints, both ways, at another parallelism.</summary>
public sealed class SavepointSpec
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_moves_from_one_kind_of_store_to_the_other(bool toAkka)
    {
        await using SqliteSite akka = new(), akkaToo = new();
        using TemporaryFolder folder = new();
        await using Store from = toAkka ? Store.Sqlite(folder.File("from.db")) : akka.Open();
        await using Store to = toAkka ? akka.Open() : Store.Sqlite(folder.File("to.db"));
        await using Store archive = akkaToo.Open();   // savepoints are in a third one
        var words = new Ingress<string>();
        JobOptions saving = new() { Parallelism = 1, Shards = 8, SavepointStore = archive };
        await using (Job job = await Job.StartAsync(CountsOf(words), from, saving))
        {
            foreach (string word in (string[])["a", "b", "a"])
                await words.TellNowAsync(word).WaitAsync(s_limit);
            await job.SaveAsync("moving").WaitAsync(s_limit);
        }

        for (int start = 1; start <= 2; start++)
        {
            words = new Ingress<string>();
            await using Job job = await Job.StartAsync(CountsOf(words), to,
                new JobOptions { Parallelism = 3, SavepointStore = archive, RestartFromSavepoint = "moving" });
            TableView<string, long> counts = job.Table<string, long>("counts");
            Assert.Equal((1 + start, 1), (await counts.GetAsync("a"), await counts.GetAsync("b")));
            await words.TellNowAsync("a").WaitAsync(s_limit);
            Assert.Equal(2 + start, await counts.GetAsync("a"));
        }
    }

    private static Pipeline CountsOf(Ingress<string> words)
    {
        var pipeline = Pipeline.Create("words");
        pipeline.Read("words", words).KeyBy(word => word).Aggregate("count", a => a.Count()).Materialize("counts");
        return pipeline;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("actorstreams-savepoint-").FullName;

        public string File(string name) => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
