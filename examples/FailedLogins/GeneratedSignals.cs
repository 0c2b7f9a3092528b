namespace FailedLogins;

/// <summary>Signals of an invented company, the same whenever they are made: as they arrive, up to four seconds after they
/// happened.</summary>
/// <remarks>
/// Every host beats about every ten seconds and is sometimes away for one or two minutes. People mistype now and then; now and then
/// somebody guesses passwords: five failures in a few seconds, and nothing from the account for a quarter of an hour.
/// </remarks>
internal static class GeneratedSignals
{
    private const int Seed = 20_260_101;
    private const int Accounts = 200;
    private const int Hosts = 20;

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Signal[] Of(int minutes)
    {
        var random = new Random(Seed);
        DateTimeOffset end = s_start.AddMinutes(minutes);
        IEnumerable<Signal> signals =
        [
            .. Enumerable.Range(1, Hosts).SelectMany(host => BeatsOf($"host-{host:00}", random, end)),
            .. Enumerable.Range(1, Accounts).SelectMany(account => LoginsOf($"account-{account:000}", random, end)),
        ];
        return [.. signals.Select(signal => (Signal: signal, Arrival: signal.Time.AddMilliseconds(random.Next(4000))))
            .OrderBy(one => one.Arrival).Select(one => one.Signal)];
    }

    private static IEnumerable<Signal> BeatsOf(string host, Random random, DateTimeOffset end)
    {
        for (DateTimeOffset time = s_start.AddMilliseconds(random.Next(10_000)); time < end; time = time.AddMilliseconds(9_000 +
            random.Next(2_000)))
        {
            yield return new Heartbeat(host, time);
            if (random.Next(400) == 0)
                time = time.AddSeconds(60 + random.Next(60));
        }
    }

    private static IEnumerable<Signal> LoginsOf(string account, Random random, DateTimeOffset end)
    {
        for (DateTimeOffset time = s_start.AddSeconds(random.Next(240)); time < end; time = time.AddMilliseconds(5_000 +
            random.Next(240_000)))
        {
            if (random.Next(200) != 0)
            {
                yield return new Login(account, random.Next(5) != 0, time);
                continue;
            }

            for (int guess = 0; guess < 5; guess++, time = time.AddMilliseconds(500 + random.Next(1_500)))
                yield return new Login(account, Succeeded: false, time);
            time = time.AddMinutes(15);
        }
    }
}
