using ActorStreams;

namespace FailedLogins;

/// <summary>Three failed logins in a row from one account and no success within ten minutes; a host without a heartbeat for 30
/// seconds.</summary>
internal static class AlertPipeline
{
    public const string Source = "signals";
    public const string ThreeFailures = "three-failures";
    public const string Silence = "silence";
    public const string Table = "alerts";

    /// <param name="name">The pipeline's name: what the store keeps is kept under it, so signals from elsewhere need another.</param>
    /// <param name="source">The signals; a line that is not one goes to the dead letters.</param>
    /// <param name="outOfOrderness">How far a signal may be behind the latest one; one that comes after its turn goes to the dead
    /// letters.</param>
    /// <param name="tell">Told every alert, at least once; the table has each exactly once.</param>
    public static Pipeline Build(string name, Source<Signal> source, TimeSpan outOfOrderness, Action<Alert> tell)
    {
        var fail = Pattern.Begin<Login>("fail").Where(login => !login.Succeeded).Times(3).Consecutive();
        var threeFailures = fail.NotFollowedBy("success", login => login.Succeeded).Within(TimeSpan.FromMinutes(10))
            .AfterMatch(AfterMatch.SkipPastLast);                   // a fourth and fifth failure are no alert of their own, a sixth is
        var beat = Pattern.Begin<Heartbeat>("beat");
        var silence = beat.NotFollowedBy("next").Within(TimeSpan.FromSeconds(30));

        var pipeline = Pipeline.Create(name);
        Stream<Signal> signals = pipeline.Read(Source, source, ErrorPolicy.Skip)
            .WithEventTime(signal => signal.Time, Watermarks.BoundedOutOfOrderness(outOfOrderness));
        Stream<Alert> failures = signals.Filter(signal => signal is Login).Map(signal => (Login)signal)
            .KeyBy(login => login.Account)
            .Match(ThreeFailures, threeFailures)
                .Select(match => new Alert(ThreeFailures, match.Key, match[fail].First.Time, match[fail].First.Time.AddMinutes(10)));
        Stream<Alert> silences = signals.Filter(signal => signal is Heartbeat).Map(signal => (Heartbeat)signal)
            .KeyBy(heartbeat => heartbeat.Host)
            .Match(Silence, silence)
                .Select(match => new Alert(Silence, match.Key, match[beat].Last.Time, match[beat].Last.Time.AddSeconds(30)));

        // Alerts of one moment come in no promised order: put them in one, so that every run tells the same.
        Stream<Alert> alerts = failures.Union(silences).OrderByEventTime("in-order", Alert.Order);
        alerts.Write("table", Sinks.Table<Alert>(Table, table => table
            .Key("kind", alert => alert.Kind)
            .Key("subject", alert => alert.Subject)
            .Key("since", alert => alert.Since)
            .Column("until", alert => alert.Until)));
        alerts.Write("told", Sinks.ForEach(tell));
        return pipeline;
    }
}
