//! Inviting, joining, leaving.

use crate::world::World;

#[test]
fn somebody_joins_with_a_ticket_and_reads_everything() {
    let world = World::new();
    let ana = world.init("ana", "Ana");
    let id = world.note("ana", "Bees", "two hives");
    let _node = world.node("ana");
    let joined = world.join("ana", "bo", "Bo");
    assert_eq!(joined["notebook"], ana["notebook"]);
    assert_eq!(joined["admitted_by"]["name"], "Ana");
    assert_eq!(joined["person"]["name"], "Bo");
    let status = world.ask("bo", &["status"]).json();
    assert_eq!(
        status["waiting"], 0,
        "what Bo's device wrote is elsewhere: {status}"
    );
    let _other = world.node("bo");
    world.in_step(&["ana", "bo"]);
    assert_eq!(world.body("bo", &id), "two hives");
    let people = world.ask("bo", &["people"]).json();
    let names: Vec<&str> = people
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"Ana") && names.contains(&"Bo"), "{people}");
}

#[test]
fn a_ticket_made_before_any_node_ran_finds_its_way_later() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    assert!(
        ticket.starts_with("moot1") && ticket.len() <= 1_000,
        "{ticket}"
    );
    let _node = world.node("ana");
    world.settle_in("bo");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "40s"];
    assert_eq!(world.ask("bo", &join).json()["admitted_by"]["name"], "Ana");
}

#[test]
fn with_nobody_there_join_waits_keeps_the_request_and_can_be_taken_up_again() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    world.settle_in("bo");
    let short = ["join", &ticket, "--name", "Bo", "--wait", "1s"];
    let error = world.ask("bo", &short).error(5);
    assert_eq!(error["kind"], "unreachable");
    let _node = world.node("ana");
    let long = ["join", &ticket, "--name", "Bo", "--wait", "40s"];
    world.ask("bo", &long).json();
}

#[test]
fn who_asks_again_under_another_name_is_told_which_one_counts() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    world.settle_in("bo");
    let ask = |name: &str| world.run("bo", &["join", &ticket, "--name", name, "--wait", "0s"]);
    let first = ask("Bo");
    assert!(!first.stderr.contains("that is the name that counts"));
    assert!(!ask("Bo").stderr.contains("that is the name that counts"));
    let other = ask("Robert").stderr;
    assert!(
        other.contains("You asked as \"Bo\" before, and that is the name that counts"),
        "{other}"
    );
    let _node = world.node("ana");
    let again = ["join", &ticket, "--name", "Robert", "--wait", "40s"];
    assert_eq!(world.ask("bo", &again).json()["person"]["name"], "Bo");
}

#[test]
fn a_request_to_join_can_be_dropped() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    world.settle_in("bo");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "0s"];
    assert_eq!(world.ask("bo", &join).kind(5), "unreachable");
    let error = world.ask("bo", &["leave"]).error(4);
    assert!(
        error["hint"].as_str().unwrap().contains("join --cancel"),
        "{error}"
    );
    let error = world.ask("bo", &["sync", "--wait", "0s"]).error(5);
    assert!(
        error["message"].as_str().unwrap().contains("joined"),
        "{error}"
    );
    let table = world.run("bo", &["notebooks"]).text();
    assert!(table.contains("being joined"), "{table}");
    world.ask("bo", &["join", "--cancel"]).json();
    assert_eq!(world.ask("bo", &["join", "--cancel"]).kind(3), "not_found");
}

#[test]
fn tickets_that_are_none_are_refused_before_anybody_is_asked() {
    let world = World::new();
    for ticket in ["moot1", "hello", "moot1aaaaaaaaaaaaaaaaaaaaaaaaa", ""] {
        let join = ["join", ticket, "--name", "Bo", "--wait", "20s"];
        assert_eq!(world.ask("bo", &join).kind(2), "usage", "{ticket:?}");
        assert!(
            !world.path("bo").exists(),
            "a refused command leaves nothing behind"
        );
    }
}

#[test]
fn invites_are_listed_and_revoked() {
    let world = World::new();
    world.init("ana", "Ana");
    let invite = world
        .ask("ana", &["invite", "--expires", "10m", "--uses", "3"])
        .json();
    let rows = world.ask("ana", &["invite", "list"]).json();
    assert_eq!(
        (&rows[0]["id"], &rows[0]["uses"]),
        (&invite["id"], &3.into())
    );
    let id = invite["id"].as_str().unwrap();
    world.ask("ana", &["invite", "revoke", id]).json();
    let _node = world.node("ana");
    world.settle_in("bo");
    let ticket = invite["ticket"].as_str().unwrap();
    let join = ["join", ticket, "--name", "Bo", "--wait", "20s"];
    assert_eq!(world.ask("bo", &join).kind(4), "refused");
}

#[test]
fn whoever_leaves_has_left_for_everybody() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let _bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    world.ask("bo", &["leave"]).json();
    let alone = world.run("bo", &[]);
    assert!(alone.stderr.contains("have left"), "{}", alone.stderr);
    assert!(!alone.stderr.contains("note new"), "{}", alone.stderr);
    crate::world::until("Ana sees that Bo left", || {
        let people = world.ask("ana", &["people"]).json();
        let rows = people.as_array().unwrap();
        rows.iter()
            .any(|row| row["name"] == "Bo" && row["state"] == "left")
    });
}

/// Ana lets go of Bo as soon as she has heard that he left: he used to be told that nobody had been reached.
#[test]
fn a_sync_after_leaving_tells_that_the_others_know_it() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    world.ask("bo", &["sync", "--wait", "40s"]).json();
    world.ask("bo", &["leave"]).json();
    let synced = world.ask("bo", &["sync", "--wait", "40s"]).json();
    assert_eq!(synced["in_step"], true, "{synced}");
    assert_eq!(world.ask("bo", &["sync"]).kind(4), "refused");
}

#[test]
fn with_confirm_six_words_are_compared_before_the_door_opens() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    let ticket = world.ask("ana", &["invite", "--confirm"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    world.settle_in("bo");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "2s"];
    let waits = || -> serde_json::Value {
        let rows = world.ask("ana", &["invite", "list"]).json();
        rows[0]["waiting"][0].clone()
    };
    // Comparing takes longer than a command waits: the request stays at the door.
    let told = world.run("bo", &join).stderr;
    let waiting = waits();
    let words = waiting["words"].as_str().unwrap();
    assert_eq!(
        (words.split_whitespace().count(), &waiting["name"]),
        (6, &"Bo".into())
    );
    assert!(told.contains(words), "Bo saw the words: {told}");
    let status = world.ask("bo", &["status"]).json();
    assert!(status["joining"].as_str().unwrap().contains(words));
    let inbox = world.ask("ana", &["inbox"]).json();
    assert_eq!(
        (&inbox[0]["kind"], &inbox[0]["id"]),
        (&"door".into(), &waiting["id"])
    );
    world.ask("ana", &["invite", "admit", "Bo"]).json();
    assert!(waits().is_null(), "nobody waits any more");
    let again = ["join", &ticket, "--name", "Bo", "--wait", "40s"];
    assert_eq!(world.ask("bo", &again).json()["admitted_by"]["name"], "Ana");
}

#[test]
fn a_node_goes_on_with_a_request_to_join() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    world.settle_in("bo");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "0s"];
    assert_eq!(world.ask("bo", &join).kind(5), "unreachable");
    let _bo = world.node("bo");
    let _ana = world.node("ana");
    crate::world::until("Bo is in", || {
        let people = world.ask("ana", &["people"]).json();
        people.as_array().unwrap().len() == 2
    });
    world.in_step(&["ana", "bo"]);
}

/// The one who said so was one of two who might be asked, and the wait for the other was longer than the command's.
#[test]
fn a_used_up_ticket_is_refused_also_where_the_wait_is_short() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    world.ask("bo", &["sync"]).json();
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap();
    world.settle_in("cy");
    world
        .ask("cy", &["join", ticket, "--name", "Cy", "--wait", "40s"])
        .json();
    world.settle_in("di");
    let late = world.ask("di", &["join", ticket, "--name", "Di", "--wait", "3s"]);
    assert_eq!(late.kind(4), "refused");
    assert_eq!(
        world.ask("di", &["notebooks"]).kind(3),
        "not_found",
        "the request is dropped"
    );
}
