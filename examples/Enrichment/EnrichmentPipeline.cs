using ActorStreams;

namespace Enrichment;

/// <summary>Clicks, each with its user, in the job's own store and in a table of the database that the users come from.</summary>
internal static class EnrichmentPipeline
{
    public static Pipeline Create(string connectionString, Click[] clicks, int clicksPerSecond)
    {
        var pipeline = Pipeline.Create("enrichment");
        Table<int, User> users = pipeline.Read("users", PostgreSqlTable.Upserts<int, User>(connectionString, "users"))
            .ToTable("users-by-id");
        Stream<Click> stream = pipeline.Read("clicks", Sources.Of(clicks).RateLimit(clicksPerSecond));

        // Each click once, with its user as known when it came; never changed afterwards.
        stream.KeyBy(click => click.UserId)
              .Join("with-user", users, JoinType.Left)
              .Write("as-they-came", Sinks.Table<Joined<Click, User>>("as_they_came", table => table
                  .Column("click", pair => pair.Left!.Id)
                  .Column("city", pair => pair.Right?.City)));

        // Each click with its user as it is now: a user who moves takes all of his clicks along.
        Table<int, Joined<Click, User>> enriched = stream.KeyBy(click => click.Id).ToTable("clicks-by-id")
              .ForeignKeyJoin("with-user-now", users, click => click.UserId);
        enriched.Materialize("enriched");
        enriched.Write("enriched-clicks",
            PostgreSqlSink.Upsert<int, Joined<Click, User>>(connectionString, "enriched_clicks", table => table
            .Key("click", id => id)
            .Column("page", pair => pair.Left!.Page)
            .Column("name", pair => pair.Right!.Name)
            .Column("city", pair => pair.Right!.City)));
        return pipeline;
    }
}
