(* Pools: every model is fitted by maximum likelihood to data sets with fixed weights, whatever the workflow.

   The data come in batches 0, 1, 2, ...: batch j has size n j and is drawn from the model fitted to the batches before
   it with the weights w j, or from the truth where the row w j is empty.

   histories j    the law of the first j batches
   about c h i    the mean squared deviation of batch i from c
   pool_mean h j, pool_variance h j    the model that draws batch j, or any model with the weights of row j

   Assumes: a mean m and a variance v >= 0 of one observation, for every m and v; weights that sum to one.
   Leaves out: families with infinitely many outcomes, the normal law among them.
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
From Collapse Require Import Formulas Probability Workflows ClosedForms Moments.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Pools.
Variables (R : realType) (F : scale_family R) (mean variance : R) (n : nat -> nat) (w : nat -> nat -> R).
Hypothesis variance_ge0 : 0 <= variance.
Hypothesis n_gt0 : forall j, (0 < n j)%N.
Hypothesis w_ge0 : forall j i, 0 <= w j i.
(* A batch is real, and has no weights, or synthetic, and has weights that sum to one. *)
Variable real : pred nat.
Hypothesis w_total : forall j, ~~ real j -> \sum_(0 <= i < j) w j i = 1.

Implicit Types (h : seq (seq R)) (c : R) (i j : nat).

Definition about c h i : R := average (fun x => (x - c) ^+ 2) (nth [::] h i).

Definition pool_mean h j : R := \sum_(0 <= i < j) w j i * average id (nth [::] h i).

Definition pool_variance h j : R := \sum_(0 <= i < j) w j i * about (pool_mean h j) h i.

Definition model h j : R * R := if real j then (mean, variance) else (pool_mean h j, pool_variance h j).

Fixpoint histories j : law R (seq (seq R)) :=
  if j is s.+1 then bind (histories s) (fun h => image (rcons h) (data F (n s) (model h s))) else dirac R [::].

Lemma histories_size j :
  surely (histories j) (fun h => size h = j /\ forall i, (i < j)%N -> (0 < size (nth [::] h i))%N).
Proof.
elim: j => [|j ih]; first by apply: surely_dirac.
apply: (surely_bind ih) => h [hj hs]; apply: surely_image.
apply: (surely_sub (size_iid _ _)) => x xn; split; first by rewrite size_rcons hj.
move=> i; rewrite ltnS nth_rcons hj => ij.
by case: (ltngtP i j) ij => [lt _|//|_ _]; [exact: hs|rewrite xn].
Qed.

Lemma average_ge0 (f : R -> R) s : (forall x, 0 <= f x) -> 0 <= average f s.
Proof. by move=> f0; rewrite /average /total divr_ge0// sumr_ge0. Qed.

Lemma pool_variance_ge0 h j : 0 <= pool_variance h j.
Proof. by rewrite sumr_ge0// => i _; rewrite mulr_ge0//; apply: average_ge0 => x; exact: sqr_ge0. Qed.

Lemma model_ge0 h j : 0 <= (model h j).2.
Proof. by rewrite /model; case: ifP => // _; exact: pool_variance_ge0. Qed.

(* The second moment about a point does not see where the fitted mean is. *)
Lemma average_shift (s : seq R) c m : (0 < size s)%N ->
  average (fun x => (x - c) ^+ 2) s =
  average (fun x => (x - m) ^+ 2) s + (2 * (m - c) * (average id s - m) + (m - c) ^+ 2).
Proof.
move=> s0; have k0 : (size s)%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
have tot : total (fun x => (x - c) ^+ 2) s =
    total (fun x => (x - m) ^+ 2) s + (2 * (m - c) * (total id s - (size s)%:R * m) + (size s)%:R * (m - c) ^+ 2).
  rewrite /total; elim: s {s0 k0} => [|x s ih] /=; first by rewrite !big_nil; ring.
  by rewrite !big_cons ih -natr1 /=; ring.
by rewrite /average tot; field.
Qed.

Lemma pool_second_moment h j : ~~ real j -> (forall i, (i < j)%N -> (0 < size (nth [::] h i))%N) ->
  pool_variance h j + (pool_mean h j - mean) ^+ 2 = \sum_(0 <= i < j) w j i * about mean h i.
Proof.
move=> synthetic hs; set m := pool_mean h j.
rewrite (eq_big_nat _ _ (F2 := fun i => w j i * about m h i +
   ((2 * (m - mean)) * (w j i * average id (nth [::] h i)) + ((m - mean) ^+ 2 - 2 * (m - mean) * m) * w j i))).
  by rewrite !big_split /= -!mulr_sumr w_total// -/(pool_mean h j) -/m -/(pool_variance h j) /pool_variance -/m; ring.
by move=> i /andP[_ ij]; rewrite /about (average_shift mean m (hs i ij)); ring.
Qed.

(* What a batch has about the truth is what its model has. *)
Lemma batch_second_moment j (s : R * R) : 0 <= s.2 ->
  E (data F (n j) s) (average (fun x => (x - mean) ^+ 2)) = s.2 + (s.1 - mean) ^+ 2.
Proof.
move=> s2; rewrite /data E_average// (E_square_deviation _ id) one_variance// one_mean//.
Qed.

Lemma every_batch j i : (i < j)%N -> E (histories j) (fun h => about mean h i) = variance.
Proof.
elim: j i => // j ih i; rewrite ltnS => ij; rewrite /= E_bind.
rewrite (E_surely (@histories_size j) (g := fun h =>
   if (i < j)%N then about mean h i else (model h j).2 + ((model h j).1 - mean) ^+ 2)); last first.
  move=> h [hj hs]; rewrite E_image; case: (ltnP i j) => [lt|ge].
    rewrite (E_eq (g := fun=> about mean h i)) ?E_const// => x; by rewrite /about nth_rcons hj lt.
  have -> : i = j by apply/eqP; rewrite eqn_leq ij ge.
  rewrite -(batch_second_moment j (model_ge0 h j)); apply: E_eq => x.
  by rewrite /about nth_rcons hj ltnn eqxx.
case: (ltnP i j) => [lt|_]; first exact: ih.
rewrite /model; case: (boolP (real j)) => [rj|synthetic]; first by rewrite E_const /= subrr expr0n addr0.
rewrite (E_surely (@histories_size j) (g := fun h => \sum_(0 <= s < j) w j s * about mean h s)).
  rewrite E_sum -[RHS]mul1r -(w_total synthetic) mulr_suml; apply: eq_big_nat => s /andP[_ sj].
  by rewrite E_scale ih.
by move=> h [_ hs]; exact: pool_second_moment.
Qed.

(* Pooled maximum likelihood conserves the second moment about the true mean, in every workflow. *)
Theorem location_scale_any_second_moment_correct t : ~~ real t ->
  E (histories t) (fun h => pool_variance h t + (pool_mean h t - mean) ^+ 2) =
  location_scale_any_second_moment t variance.
Proof.
move=> synthetic; rewrite /location_scale_any_second_moment mul0r addr0.
rewrite (E_surely (@histories_size t) (g := fun h => \sum_(0 <= i < t) w t i * about mean h i)).
  rewrite E_sum -[RHS]mul1r -(w_total synthetic) mulr_suml; apply: eq_big_nat => i /andP[_ it].
  by rewrite E_scale every_batch.
by move=> h [_ hs]; exact: pool_second_moment.
Qed.

Theorem gaussian_any_second_moment_correct t : ~~ real t ->
  E (histories t) (fun h => pool_variance h t + (pool_mean h t - mean) ^+ 2) =
  gaussian_any_second_moment t variance.
Proof. exact: location_scale_any_second_moment_correct. Qed.

End Pools.
