namespace Enrichment;

/// <summary>Somebody has looked at a page.</summary>
internal sealed record Click(int Id, int UserId, string Page)
{
    /// <summary>The clicks of a run: the same ones every time. <see cref="Users"/> says the same in SQL.</summary>
    public static Click[] Of(int count) =>
        [.. Enumerable.Range(1, count).Select(id => new Click(id, 1 + (int)(id * 7919L % Users.AtFirst), $"/page/{id % 10}"))];
}

/// <summary>A row of the table <c>users</c>: read by the names of its columns.</summary>
internal sealed record User(int Id, string Name, string City);
