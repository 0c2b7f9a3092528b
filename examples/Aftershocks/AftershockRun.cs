using System.Globalization;
using ActorStreams;
using Microsoft.Data.Sqlite;

namespace Aftershocks;

/// <summary>Runs the job from its start, or from where it was killed, to the end of the file.</summary>
internal static class AftershockRun
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string input, string storePath, TimeSpan outOfOrderness, CancellationToken cancellation)
    {
        try
        {
            await using Store store = Store.Sqlite(storePath);
            await using Job job = await Job.StartAsync(AftershockPipeline.Build(input, outOfOrderness), store, cancellation: cancellation);
            long epochBefore = job.Epoch;
            await using CancellationTokenRegistration stopping = cancellation.Register(() => _ = job.StopAsync());
            await job.Completion;

            if (job.Epoch == epochBefore)
                Console.WriteLine(
                    $"The store holds a completed run: this is its result. To start anew, remove {storePath}, or give another --store.");
            else if (cancellation.IsCancellationRequested)
                Console.WriteLine("Stopped. Start it again with the same options to go on.");
            Console.WriteLine($"sequences {await ShowAsync(storePath)}");
            Console.WriteLine($"quakes {job.Metrics.Sources[AftershockPipeline.Source].Rows}");
            Console.WriteLine($"late {job.Metrics.CounterOf(new(AftershockPipeline.Sequences), Counters.LateDropped)}");
            Console.WriteLine($"store {storePath}");
            return 0;
        }
        catch (Exception error) when (error is ActorStreamsException or InvalidOperationException or IOException
            or UnauthorizedAccessException or SqliteException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    /// <summary>The committed sequences, by time. The result is an ordinary table: anybody can ask for it while the job runs, and
    /// after.</summary>
    /// <returns>How many they are.</returns>
    private static async Task<int> ShowAsync(string storePath)
    {
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = storePath, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT time, magnitude, place, aftershocks, strongest FROM {AftershockPipeline.Table} ORDER BY time, id";
        await using SqliteDataReader row = await command.ExecuteReaderAsync();
        int sequences = 0;
        for (; await row.ReadAsync(); sequences++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.GetString(0)} magnitude {row.GetDouble(1):0.0}, {row.GetString(2)}: {row.GetInt32(3)} aftershocks up to {row.GetDouble(4):0.0}"));
        }

        return sequences;
    }
}
